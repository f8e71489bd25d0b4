"""What a roster file would do to the members of a county: row by row, before anything is done.

Owns the comparison of file and roster. A row finds its member by the blind index of the identity number, which the caller
computes by the function it passes in; phones are compared in the same way, so that no sealed column is opened. Members whom the
file leaves out are listed and never removed.

A plan is all or nothing: one row that does not match keeps the file from being applied, since a roster that was taken over by
half is worse than the old one. Applying a plan twice changes nothing the second time: the second plan of the same file finds
every row unchanged. ``digest`` tells whether a plan that is about to be applied is still the one that was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.contracts.values import MemberId, OrgPath, is_within
from services.members.domain.membership import BELONGING, Status, may_follow
from services.members.domain.organisation import Kind, Tree
from services.members.domain.periods import Periods
from services.members.domain.roster.form import Column, MemberClass
from services.members.domain.roster.organisations import (
    OrganisationOutcome,
    OrganisationsPlan,
    Outcome,
    normal_title,
)
from services.members.domain.roster.rows import CheckedRow, Problem, ProblemCode, RawRow, RosterRow, check_row

BlindIndex = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class ExistingMember:
    """What the plan needs of a member on the roster. ``branch_code`` and ``branch_since`` are those of the branch that holds him
    now, empty and None when none does; ``phone_index`` is None when he has no phone."""

    member_id: MemberId
    name: str
    nation: str
    phone_index: bytes | None
    branch_code: str
    branch_since: date | None
    statuses: Periods[Status]
    member_class: MemberClass
    joined_on: date
    full_on: date | None
    household: str
    away: bool
    away_place: str

    @property
    def status(self) -> Status:
        """His status now: the last of them is open as long as he is on the roster."""
        return self.statuses[-1].value


@dataclass(frozen=True, slots=True)
class Move:
    """From one branch to another on a day; ``from_code`` is empty for somebody who comes back from outside."""

    from_code: str
    to_code: str
    on: date


@dataclass(frozen=True, slots=True)
class StatusStep:
    before: Status
    after: Status
    on: date


@dataclass(frozen=True, slots=True)
class MemberOutcome:
    """What would become of one row, or of one member whom the file leaves out (``row`` 0).

    ``line`` is the row's content where there is something to write; ``changed`` names the columns whose content differs, without
    saying what it was. A moved row may be changed as well; a status step alone counts as a change.
    """

    row: int
    outcome: Outcome
    name: str
    member_id: MemberId | None = None
    line: RosterRow | None = None
    changed: tuple[Column, ...] = ()
    move: Move | None = None
    status_step: StatusStep | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """As lists carry them: problems with code and column, or the columns that differ."""
        return tuple(str(problem) for problem in self.problems) or tuple(column.value for column in self.changed)


@dataclass(frozen=True, slots=True)
class Counts:
    total: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    unmatched: int = 0
    missing: int = 0
    organisations_added: int = 0
    organisations_changed: int = 0
    organisations_unmatched: int = 0


@dataclass(frozen=True, slots=True)
class ImportPlan:
    organisations: OrganisationsPlan
    members: tuple[MemberOutcome, ...]
    """In the order of the sheet."""
    missing: tuple[MemberOutcome, ...]
    counts: Counts
    digest: str
    """SHA-256 of every decision, over blind indexes only: equal digests decide the same about the same people."""

    @property
    def can_be_applied(self) -> bool:
        return self.counts.unmatched == 0 and self.counts.organisations_unmatched == 0


@dataclass(frozen=True, slots=True)
class Roster:
    """The present roster of the whole county: members by blind index, the way to compute it, and how far the importer reaches."""

    members: Mapping[bytes, ExistingMember]
    identity_index: BlindIndex
    phone_index: BlindIndex
    scope: OrgPath
    today: date


def plan_import(roster: Roster, organisations: OrganisationsPlan, rows: Iterable[RawRow]) -> ImportPlan:
    """What the rows would do, given the tree as ``organisations`` would make it. Reads the rows once, in order; the caller may
    let other work in between two of them."""
    outcomes: list[MemberOutcome] = []
    indexes: list[bytes] = []
    first_at: dict[bytes, int] = {}
    for raw in rows:
        checked = check_row(raw, roster.today)
        index = roster.identity_index(checked.identity_number) if checked.identity_number else b""
        outcome = _outcome(checked, index, roster, organisations.tree)
        first = first_at.setdefault(index, len(outcomes)) if index else len(outcomes)
        if first != len(outcomes):
            outcome = _as_repeated(outcome, outcomes[first].row)
            outcomes[first] = _as_repeated(outcomes[first], outcome.row)
        outcomes.append(outcome)
        indexes.append(index)
    missing = tuple(_missing(roster, organisations.tree, first_at))
    counts = _counts(outcomes, missing, organisations.outcomes)
    return ImportPlan(
        organisations, tuple(outcomes), missing, counts, _digest(organisations.outcomes, outcomes, indexes)
    )


def _outcome(checked: CheckedRow, index: bytes, roster: Roster, tree: Tree) -> MemberOutcome:
    row = checked.row
    if row is None:
        return MemberOutcome(checked.number, Outcome.UNMATCHED, checked.name, problems=checked.problems)
    existing = roster.members.get(index)
    problems = [*_branch_problems(row, roster.scope, tree)]
    if existing is None and row.status not in BELONGING:
        problems.append(Problem(row.number, Column.STATUS, ProblemCode.NEW_MEMBER_NOT_ACTIVE))
    if existing is not None and not _within_reach(existing, roster.scope, tree):
        problems.append(Problem(row.number, Column.IDENTITY_NUMBER, ProblemCode.MEMBER_OUTSIDE))
    if existing is not None and existing.status is not row.status and not may_follow(existing.statuses, row.status):
        problems.append(Problem(row.number, Column.STATUS, ProblemCode.STATUS_NOT_NEXT))
    if problems:
        return MemberOutcome(row.number, Outcome.UNMATCHED, row.name, problems=tuple(problems))
    if existing is None:
        return MemberOutcome(row.number, Outcome.ADDED, row.name, line=row)
    return _compared(row, existing, roster)


def _branch_problems(row: RosterRow, scope: OrgPath, tree: Tree) -> Iterable[Problem]:
    """REG-1: a member stands in a branch, not in a committee or a group; REG-8: and within the importer's reach."""
    organisation, path = tree.find(row.branch_code), tree.find_path(row.branch_code)
    if organisation is None or path is None:
        yield Problem(row.number, Column.BRANCH_CODE, ProblemCode.ORGANISATION_UNKNOWN)
    elif organisation.kind is not Kind.BRANCH:
        yield Problem(row.number, Column.BRANCH_CODE, ProblemCode.ORGANISATION_NOT_A_BRANCH)
    elif row.branch_name and normal_title(row.branch_name) != organisation.name:
        yield Problem(row.number, Column.BRANCH_NAME, ProblemCode.ORGANISATION_NAME_DIFFERS)
    elif not is_within(path, scope):
        yield Problem(row.number, Column.BRANCH_CODE, ProblemCode.ORGANISATION_OUTSIDE)


def _within_reach(existing: ExistingMember, scope: OrgPath, tree: Tree) -> bool:
    """Whoever belongs to no branch any more may be taken in by any."""
    path = tree.find_path(existing.branch_code)
    return not existing.branch_code or (path is not None and is_within(path, scope))


def _compared(row: RosterRow, existing: ExistingMember, roster: Roster) -> MemberOutcome:
    changed = list(_differing(row, existing, roster.phone_index))
    step = _status_step(row, existing, roster.today)
    if step:
        changed.append(Column.STATUS)
    move = _move(row, existing, step, roster.today)
    if move:
        changed.append(Column.BRANCH_CODE)
    if not changed:
        return MemberOutcome(row.number, Outcome.UNCHANGED, row.name, existing.member_id)
    outcome = Outcome.MOVED if move else Outcome.CHANGED
    return MemberOutcome(row.number, outcome, row.name, existing.member_id, row, tuple(changed), move, step)


def _differing(row: RosterRow, existing: ExistingMember, phone_index: BlindIndex) -> Iterable[Column]:
    phone = phone_index(row.phone) if row.phone else None
    pairs = (
        (Column.NAME, row.name, existing.name),
        (Column.NATION, row.nation, existing.nation),
        (Column.PHONE, phone, existing.phone_index),
        (Column.MEMBER_CLASS, row.member_class, existing.member_class),
        (Column.JOINED_ON, row.joined_on, existing.joined_on),
        (Column.FULL_ON, row.full_on, existing.full_on),
        (Column.HOUSEHOLD, row.household, existing.household),
        (Column.AWAY, row.away, existing.away),
        (Column.AWAY_PLACE, row.away_place, existing.away_place),
    )
    return (column for column, new, old in pairs if new != old)


def _status_step(row: RosterRow, existing: ExistingMember, today: date) -> StatusStep | None:
    """REG-2. Full membership counts from the day that the row names; of other steps the form tells no day, so it is today."""
    if row.status is existing.status:
        return None
    since = existing.statuses[-1].from_day
    named = row.full_on if row.status is Status.FULL and existing.status is Status.PROBATIONARY else None
    return StatusStep(existing.status, row.status, named if named and named > since else today)


def _move(row: RosterRow, existing: ExistingMember, step: StatusStep | None, today: date) -> Move | None:
    """REG-1. A row that still carries the day of the old branch means a move today: nobody moves before he came."""
    if row.status not in BELONGING or row.branch_code == existing.branch_code:
        return None
    if existing.branch_since is None:
        # Back from outside: branch and status begin on one day, or there would be a gap.
        return Move("", row.branch_code, step.on if step else today)
    named = row.branch_since
    return Move(existing.branch_code, row.branch_code, named if named and named > existing.branch_since else today)


def _as_repeated(outcome: MemberOutcome, other_row: int) -> MemberOutcome:
    """Unmatched, with the other row that carries the same identity number; a third row is named by the two pairs it makes."""
    problem = Problem(outcome.row, Column.IDENTITY_NUMBER, ProblemCode.IDENTITY_NUMBER_REPEATED, str(other_row))
    if any(known.code == problem.code for known in outcome.problems):
        return outcome
    return replace(MemberOutcome(outcome.row, Outcome.UNMATCHED, outcome.name), problems=(*outcome.problems, problem))


def _missing(roster: Roster, tree: Tree, seen: Mapping[bytes, int]) -> Iterable[MemberOutcome]:
    for index, existing in roster.members.items():
        if index not in seen and existing.branch_code and _within_reach(existing, roster.scope, tree):
            yield MemberOutcome(0, Outcome.MISSING, existing.name, existing.member_id)


def _counts(
    outcomes: Iterable[MemberOutcome],
    missing: tuple[MemberOutcome, ...],
    organisations: tuple[OrganisationOutcome, ...],
) -> Counts:
    rows = dict.fromkeys(Outcome, 0)
    for one in outcomes:
        rows[one.outcome] += 1
    trees = dict.fromkeys(Outcome, 0)
    for organisation in organisations:
        trees[organisation.outcome] += 1
    return Counts(
        total=sum(rows.values()),
        added=rows[Outcome.ADDED],
        changed=rows[Outcome.CHANGED],
        moved=rows[Outcome.MOVED],
        unchanged=rows[Outcome.UNCHANGED],
        unmatched=rows[Outcome.UNMATCHED],
        missing=len(missing),
        organisations_added=trees[Outcome.ADDED],
        organisations_changed=trees[Outcome.CHANGED] + trees[Outcome.MOVED],
        organisations_unmatched=trees[Outcome.UNMATCHED],
    )


def _digest(
    organisations: Iterable[OrganisationOutcome], members: Iterable[MemberOutcome], indexes: Iterable[bytes]
) -> str:
    """The file itself is fixed by its own SHA-256; what this adds is what the roster of the day makes of it."""
    total = hashlib.sha256()
    for one in organisations:
        total.update(repr((one.row, one.outcome.value, one.organisation, one.before)).encode())
    for member, index in zip(members, indexes, strict=True):
        decision = (member.row, member.outcome.value, index.hex(), member.changed, member.move, member.status_step)
        total.update(repr(decision).encode())
    return total.hexdigest()
