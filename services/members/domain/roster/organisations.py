"""What a sheet of organisations would do to the tree of a county: row by row, with the reason where a row does not fit.

Owns the comparison of sheet and tree. Never removes an organisation: one that the sheet leaves out stays as it is. The kind of
an organisation never changes, since members, groups and books hang on it; a branch that becomes a general branch is a new one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import OrgPath, is_within
from services.members.domain.organisation import Kind, Organisation, Tree, may_stand_under
from services.members.domain.roster import form
from services.members.domain.roster.form import OrganisationColumn
from services.members.domain.roster.rows import Cells, Problem, ProblemCode, RawRow


class Outcome(StrEnum):
    """What would become of a row, or of what the file leaves out."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    UNMATCHED = "unmatched"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class OrganisationOutcome:
    """A row's outcome. ``organisation`` is how it would be, ``before`` how it is; ``problems`` only when unmatched."""

    row: int
    outcome: Outcome
    organisation: Organisation | None
    before: Organisation | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganisationsPlan:
    """Outcomes in the order of the sheet, and the tree as it would be."""

    outcomes: tuple[OrganisationOutcome, ...]
    tree: Tree

    def in_order_of_tree(self) -> tuple[OrganisationOutcome, ...]:
        """What is to be written, parents before children: a child's row points at its parent's."""
        writes = (one for one in self.outcomes if one.outcome in {Outcome.ADDED, Outcome.CHANGED, Outcome.MOVED})
        return tuple(sorted(writes, key=lambda one: self._depth(one.organisation)))

    def _depth(self, organisation: Organisation | None) -> int:
        path = self.tree.find_path(organisation.code) if organisation else None
        return path.count(".") if path else 0


@dataclass(frozen=True, slots=True)
class _Read:
    row: int
    organisation: Organisation | None
    problems: tuple[Problem, ...]


def plan_organisations(
    existing: Mapping[str, Organisation], rows: Iterable[RawRow], scope: OrgPath
) -> OrganisationsPlan:
    """What the rows would do. ``existing`` holds every organisation of the county by code; changes reach no further than
    ``scope``, the organisation over which the importer stands."""
    reads = _with_repeats_named([_read(row) for row in rows])
    present = Tree(existing.values())
    wished = {one.organisation.code: one.organisation for one in reads if one.organisation and not one.problems}
    wished_tree = Tree({**existing, **wished}.values())
    outcomes = tuple(_outcome(one, existing, present, wished_tree, scope) for one in reads)
    # Members are compared with what fits: one misplaced committee does not make every member beneath it unmatched too.
    fitting = {one.organisation.code: one.organisation for one in outcomes if one.organisation and not one.problems}
    return OrganisationsPlan(outcomes, Tree({**existing, **fitting}.values()))


def _read(raw: RawRow) -> _Read:
    cells = Cells(raw)
    code = cells.code(OrganisationColumn.CODE)
    name = cells.text(OrganisationColumn.NAME, form.MAX_ORGANISATION_NAME, needed=True, numbers=False)
    kind = cells.choice(OrganisationColumn.KIND, form.KINDS, ProblemCode.KIND_UNKNOWN)
    parent_code = cells.code(OrganisationColumn.PARENT_CODE, needed=False)
    if kind and kind is not Kind.COUNTY_COMMITTEE and not parent_code:
        cells.add(OrganisationColumn.PARENT_CODE, ProblemCode.MISSING)
    organisation = Organisation(code, normal_title(name), kind, parent_code) if code and kind else None
    return _Read(raw.number, organisation, tuple(cells.problems.values()))


def normal_title(text: str) -> str:
    """The written form of an organisation's name: full-width and half-width signs alike, no blanks at the ends."""
    return unicodedata.normalize("NFKC", text).strip()


def _with_repeats_named(reads: list[_Read]) -> list[_Read]:
    """Each row of a code that stands twice names the other one."""
    rows: dict[str, list[int]] = {}
    for one in reads:
        if one.organisation:
            rows.setdefault(one.organisation.code, []).append(one.row)
    return [_with_repeat(one, rows[one.organisation.code]) if one.organisation else one for one in reads]


def _with_repeat(read: _Read, rows: list[int]) -> _Read:
    other = next((row for row in rows if row != read.row), None)
    if other is None:
        return read
    problem = Problem(read.row, OrganisationColumn.CODE, ProblemCode.CODE_REPEATED, str(other))
    return _Read(read.row, read.organisation, (*read.problems, problem))


def _outcome(
    read: _Read, existing: Mapping[str, Organisation], present: Tree, tree: Tree, scope: OrgPath
) -> OrganisationOutcome:
    new = read.organisation
    if new is None or read.problems:
        return OrganisationOutcome(read.row, Outcome.UNMATCHED, new, None, read.problems)
    before = existing.get(new.code)
    if before == new:
        return OrganisationOutcome(read.row, Outcome.UNCHANGED, new, before)
    problem = _misplaced(read.row, new, before, existing, tree)
    if problem is None and _is_outside(tree.find_path(new.code), present.find_path(new.code), scope):
        problem = Problem(read.row, OrganisationColumn.CODE, ProblemCode.ORGANISATION_OUTSIDE)
    if problem:
        return OrganisationOutcome(read.row, Outcome.UNMATCHED, new, before, (problem,))
    if before is None:
        return OrganisationOutcome(read.row, Outcome.ADDED, new)
    moved = before.parent_code != new.parent_code
    return OrganisationOutcome(read.row, Outcome.MOVED if moved else Outcome.CHANGED, new, before)


def _misplaced(
    row: int, new: Organisation, before: Organisation | None, existing: Mapping[str, Organisation], tree: Tree
) -> Problem | None:
    """Why the organisation can't stand there (REG-8), if it can't."""
    if before is not None and before.kind is not new.kind:
        return Problem(row, OrganisationColumn.KIND, ProblemCode.KIND_FIXED)
    is_top = new.kind is Kind.COUNTY_COMMITTEE
    if is_top and any(one.kind is Kind.COUNTY_COMMITTEE and one.code != new.code for one in existing.values()):
        return Problem(row, OrganisationColumn.KIND, ProblemCode.SECOND_COUNTY_COMMITTEE)
    parent = tree.find(new.parent_code)
    if new.parent_code and parent is None:
        return Problem(row, OrganisationColumn.PARENT_CODE, ProblemCode.PARENT_UNKNOWN)
    if not may_stand_under(new.kind, parent.kind if parent else None):
        return Problem(row, OrganisationColumn.PARENT_CODE, ProblemCode.PLACE_NOT_ALLOWED)
    if tree.find_path(new.code) is None:
        # It stands well under its parent, but the parent itself hangs in the air: that row has the reason.
        return Problem(row, OrganisationColumn.PARENT_CODE, ProblemCode.PARENT_UNKNOWN)
    return None


def _is_outside(path: OrgPath | None, old_path: OrgPath | None, scope: OrgPath) -> bool:
    """REG-8: whoever stands over a subtree changes what lies in it and moves things within it, not into or out of it."""
    if path is None or not is_within(path, scope):
        return True
    if old_path is None:
        return False
    return not is_within(old_path, scope) or (old_path == scope != path)
