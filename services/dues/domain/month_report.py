"""Who reports a month to whom, and how far each organisation has come (BOOK-1).

Owns the steps ``draft > open > branch_reported > committee_reported > settled`` and their gates. A branch reports to the nearest
committee above it, else to the county; a committee reports to the county. What stands between (a general branch) passes on and
reports nothing itself. Does not read or store anything, nor know who a person is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import OrgId, OrgPath, YearMonth, is_within

COMMITTEE_KINDS = frozenset({"township_committee", "department_committee"})
BRANCH_KIND = "branch"


class Level(StrEnum):
    """Which step an organisation takes."""

    BRANCH = "branch"
    COMMITTEE = "committee"
    COUNTY = "county"


class Stage(StrEnum):
    """How far a month has come at one organisation."""

    DRAFT = "draft"
    OPEN = "open"
    BRANCH_REPORTED = "branch_reported"
    COMMITTEE_REPORTED = "committee_reported"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation that reports."""

    org_id: OrgId
    path: OrgPath
    level: Level


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a month comes to. ``blocking`` people have neither paid nor are on the delayed list."""

    members: int = 0
    owed_fen: int = 0
    paid_fen: int = 0
    delayed: int = 0
    delayed_fen: int = 0
    blocking: int = 0

    def __add__(self, other: Numbers) -> Numbers:
        return Numbers(
            self.members + other.members,
            self.owed_fen + other.owed_fen,
            self.paid_fen + other.paid_fen,
            self.delayed + other.delayed,
            self.delayed_fen + other.delayed_fen,
            self.blocking + other.blocking,
        )


def level_of(kind: str, path: OrgPath) -> Level | None:
    """The step of an organisation of this kind at this place; None for one that only passes on."""
    if "." not in path:
        return Level.COUNTY
    if kind in COMMITTEE_KINDS:
        return Level.COMMITTEE
    return Level.BRANCH if kind == BRANCH_KIND else None


def superior_path(unit: Unit, committees: Iterable[OrgPath]) -> OrgPath | None:
    """Where a unit reports to: the nearest committee above it, else the county. None for the county itself."""
    if unit.level is Level.COUNTY:
        return None
    root = OrgPath(unit.path.partition(".")[0])
    above = [path for path in committees if path != unit.path and is_within(unit.path, path)]
    return max(above, key=len, default=root) if unit.level is Level.BRANCH else root


class Tree:
    """The reporting organisations of a county, and who of them has something to report in the month."""

    def __init__(self, units: Sequence[Unit], owing: Collection[OrgId]) -> None:
        """``owing`` are the branches that hold an obligation of the month: only they, and those above them, have to report."""
        self._committees = {unit.path: unit.org_id for unit in units if unit.level is Level.COMMITTEE}
        above: dict[OrgPath, list[Unit]] = {}
        for unit in units:
            if unit.level is Level.BRANCH and unit.org_id in owing:
                above.setdefault(self._above(unit), []).append(unit)
        for unit in units:
            if unit.level is Level.COMMITTEE and unit.path in above:
                above.setdefault(self._above(unit), []).append(unit)
        self._reporters = {path: sorted(found, key=lambda unit: unit.path) for path, found in above.items()}

    def _above(self, unit: Unit) -> OrgPath:
        path = superior_path(unit, self._committees)
        assert path is not None, "only the county has nothing above it"
        return path

    def reporters_to(self, path: OrgPath) -> Sequence[Unit]:
        """Who has to report to the organisation at ``path``, by place."""
        return self._reporters.get(path, ())

    def missing(self, path: OrgPath, standing: Collection[OrgId]) -> list[Unit]:
        """Who of them has not: the gate of that organisation's own step."""
        return [unit for unit in self.reporters_to(path) if unit.org_id not in standing]

    def branches_of(self, path: OrgPath) -> list[Unit]:
        """The branches whose numbers an organisation's report holds: those that report to it, and to those who do."""
        found: list[Unit] = []
        for unit in self.reporters_to(path):
            found += [unit] if unit.level is Level.BRANCH else self.reporters_to(unit.path)
        return found

    def stage(self, unit: Unit, county: Stage, standing: Collection[OrgId]) -> Stage:
        """How far the month is at one organisation. ``county`` is draft, open or settled; ``standing`` who has reported."""
        if county is not Stage.OPEN:
            return county
        if unit.level is Level.BRANCH:
            if unit.org_id not in standing:
                return Stage.OPEN
            passed_on = self._committees.get(self._above(unit)) in standing
            return Stage.COMMITTEE_REPORTED if passed_on else Stage.BRANCH_REPORTED
        if unit.level is Level.COMMITTEE and unit.org_id in standing:
            return Stage.COMMITTEE_REPORTED
        reporters = self.reporters_to(unit.path)
        if not reporters or self.missing(unit.path, standing):
            return Stage.OPEN
        return Stage.BRANCH_REPORTED if unit.level is Level.COMMITTEE else Stage.COMMITTEE_REPORTED


def total(units: Iterable[Unit], numbers: Mapping[OrgId, Numbers]) -> Numbers:
    """The numbers of several branches together."""
    whole = Numbers()
    for unit in units:
        whole += numbers.get(unit.org_id, Numbers())
    return whole


def is_over(month: YearMonth, running: YearMonth) -> bool:
    """Whether the calendar month has passed: the running one is never settled, so that money always has an open month."""
    return month < running
