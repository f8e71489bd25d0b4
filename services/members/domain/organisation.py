"""The tree of organisations: kinds, which may stand under which (REG-8), codes, paths, and the warnings of REG-3.

Owns the shape of the tree as data. Knows nothing of who may change it (``authority``) or how it is stored.

An organisation's code is unique in its county, stays with it for ever and is also its label in the path, so that a branch
keeps its code when it comes under another committee and only the path before it changes: ``yanting.t03.t03b012``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import OrgPath, org_path


class Kind(StrEnum):
    COUNTY_COMMITTEE = "county_committee"
    TOWNSHIP_COMMITTEE = "township_committee"
    DEPARTMENT_COMMITTEE = "department_committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    GROUP = "group"


_COMMITTEES = frozenset({Kind.TOWNSHIP_COMMITTEE, Kind.DEPARTMENT_COMMITTEE})

PARENTS: Mapping[Kind, frozenset[Kind]] = {
    Kind.COUNTY_COMMITTEE: frozenset(),
    Kind.TOWNSHIP_COMMITTEE: frozenset({Kind.COUNTY_COMMITTEE}),
    Kind.DEPARTMENT_COMMITTEE: frozenset({Kind.COUNTY_COMMITTEE}),
    Kind.GENERAL_BRANCH: _COMMITTEES,
    Kind.BRANCH: _COMMITTEES | {Kind.GENERAL_BRANCH},
    Kind.GROUP: frozenset({Kind.BRANCH}),
}
"""REG-8: county committee, then committees of townships and departments, then (general branches), branches, groups."""
MAX_DEPTH = 5
"""The longest line that PARENTS allows, from the county down to a group."""

_CODE = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)


def normal_code(text: str) -> str | None:
    """The written form of an organisation's code, small letters, digits and low lines; None when the text is no code."""
    code = unicodedata.normalize("NFKC", text).strip().lower()
    return code if _CODE.fullmatch(code) else None


def may_stand_under(kind: Kind, parent: Kind | None) -> bool:
    """REG-8. ``parent`` None: at the top, where only the county committee stands."""
    return parent in PARENTS[kind] if parent is not None else not PARENTS[kind]


def child_path(parent: OrgPath | None, code: str) -> OrgPath:
    """The path of the organisation with this code under that parent. Raises ValueError when it is no path."""
    return org_path(code if parent is None else f"{parent}.{code}")


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation of a county; ``parent_code`` is empty for the county committee only."""

    code: str
    name: str
    kind: Kind
    parent_code: str


class Tree:
    """The organisations of one county by code, with the path of each. What has no way up to the county committee, or stands
    where its kind may not, has no path; ``plan_organisations`` says why to the person who brought it."""

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        self._by_code = {organisation.code: organisation for organisation in organisations}
        self._paths: dict[str, OrgPath] = {}
        for code in self._by_code:
            path = self._path_of(code)
            if path is not None:
                self._paths[code] = path

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def find(self, code: str) -> Organisation | None:
        return self._by_code.get(code)

    def find_path(self, code: str) -> OrgPath | None:
        return self._paths.get(code)

    def _path_of(self, code: str) -> OrgPath | None:
        """Walks up at most MAX_DEPTH steps, so that a ring of organisations comes to an end as one without a path."""
        labels: list[str] = []
        for _ in range(MAX_DEPTH):
            organisation = self._by_code.get(code)
            if organisation is None:
                return None
            parent = self._by_code.get(organisation.parent_code)
            if not may_stand_under(organisation.kind, parent.kind if parent else None):
                return None
            labels.append(code)
            if parent is None:
                return org_path(".".join(reversed(labels))) if not organisation.parent_code else None
            code = parent.code
        return None


# Warnings: shown, never blocking (REG-3)

MIN_FULL_MEMBERS = 3
USUAL_MAX_MEMBERS = 50
COMMITTEE_FROM_FULL_MEMBERS = 7
MIN_SEATS, USUAL_MAX_SEATS, MAX_SEATS = 3, 5, 7
MAX_JOINT_UNITS = 5


class WarningCode(StrEnum):
    TOO_FEW_FULL_MEMBERS = "too_few_full_members"
    MORE_MEMBERS_THAN_USUAL = "more_members_than_usual"
    COMMITTEE_MISSING = "committee_missing"
    COMMITTEE_TOO_SMALL = "committee_too_small"
    COMMITTEE_LARGER_THAN_USUAL = "committee_larger_than_usual"
    COMMITTEE_TOO_LARGE = "committee_too_large"
    TOO_MANY_JOINT_UNITS = "too_many_joint_units"


@dataclass(frozen=True, slots=True)
class BranchFigures:
    """What REG-3 speaks of. ``committee_seats`` 0 means that the branch has no committee, None that nobody has said."""

    full_members: int
    members: int
    committee_seats: int | None = None
    units: int = 1


@dataclass(frozen=True, slots=True)
class BranchWarning:
    """A warning with the figure found and the figure of the rule."""

    code: WarningCode
    found: int
    limit: int


def branch_warnings(figures: BranchFigures) -> tuple[BranchWarning, ...]:
    """What REG-3 remarks about a branch. None of it keeps anybody from doing anything."""
    found: list[BranchWarning] = []
    if figures.full_members < MIN_FULL_MEMBERS:
        found.append(BranchWarning(WarningCode.TOO_FEW_FULL_MEMBERS, figures.full_members, MIN_FULL_MEMBERS))
    if figures.members > USUAL_MAX_MEMBERS:
        found.append(BranchWarning(WarningCode.MORE_MEMBERS_THAN_USUAL, figures.members, USUAL_MAX_MEMBERS))
    if figures.committee_seats is not None:
        found.extend(_committee_warnings(figures.full_members, figures.committee_seats))
    if figures.units > MAX_JOINT_UNITS:
        found.append(BranchWarning(WarningCode.TOO_MANY_JOINT_UNITS, figures.units, MAX_JOINT_UNITS))
    return tuple(found)


def _committee_warnings(full_members: int, seats: int) -> list[BranchWarning]:
    if seats == 0:
        needed = full_members >= COMMITTEE_FROM_FULL_MEMBERS
        return (
            [BranchWarning(WarningCode.COMMITTEE_MISSING, full_members, COMMITTEE_FROM_FULL_MEMBERS)] if needed else []
        )
    if seats < MIN_SEATS:
        return [BranchWarning(WarningCode.COMMITTEE_TOO_SMALL, seats, MIN_SEATS)]
    if seats > MAX_SEATS:
        return [BranchWarning(WarningCode.COMMITTEE_TOO_LARGE, seats, MAX_SEATS)]
    if seats > USUAL_MAX_SEATS:
        return [BranchWarning(WarningCode.COMMITTEE_LARGER_THAN_USUAL, seats, USUAL_MAX_SEATS)]
    return []
