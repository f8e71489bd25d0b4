"""Who owes dues for a month, to which branch, and how much (DUE-9, DUE-10, DUE-12, DUE-13, TRF-6, ARR-4).

Owns the reading of a member's dated standing. Does not work out an amount from pay (``assessment``) nor ask for money
(``order``). Relief by decision (DUE-11) lowers an obligation afterwards; it is no business of this module.

One day decides for the whole month, the *reference day*: the first of the month, or the day of the branch meeting for a
member admitted within it. Whoever holds the relation on that day holds the month; so a transfer accepted on the 15th
leaves the month with the old branch and gives the next one to the new branch (TRF-6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeVar

from services.contracts.values import MemberId, OrgId, OrgPath, YearMonth
from services.dues.domain.profile import AssessmentMode, MemberClass, Method, RuleProfile
from services.dues.domain.refusal import Refusal, refuse

MAX_INTERVALS = 500  # of one kind for one member: a change a month for forty years
MAX_ASSESSMENTS = 1_000


class Status(StrEnum):
    """Status of a member (REG-2)."""

    FULL = "full"
    PROBATIONARY = "probationary"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    TRANSFERRED_OUT = "transferred_out"


class NotOwedReason(StrEnum):
    """Why a member owes nothing for a month."""

    NOT_YET_ADMITTED = "not_yet_admitted"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    TRANSFERRED_OUT = "transferred_out"
    NO_STATUS = "no_status"  # not in this county's care on the reference day
    NO_BRANCH = "no_branch"


class AmountBasis(StrEnum):
    """What an amount rests on, so that a bill can say it and a branch sees what it has to do."""

    FLAT = "flat"
    ASSESSED = "assessed"
    CARRIED_OVER = "carried_over"  # an earlier year's amount, until this year's assessment is made (DUE-13)
    UNASSESSED = "unassessed"


class _Dated(Protocol):
    @property
    def from_day(self) -> date: ...

    @property
    def until_day(self) -> date | None: ...


_Interval = TypeVar("_Interval", bound=_Dated)


@dataclass(frozen=True, slots=True)
class StatusInterval:
    """A status from a day on, until the day before ``until_day``; None is open."""

    status: Status
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class MembershipInterval:
    """The branch that holds the formal relation, half-open like every interval (REG-1)."""

    branch_id: OrgId
    branch_path: OrgPath
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class ClassInterval:
    """The member class over a time: a retirement must not change what was owed before it (ARR-4)."""

    member_class: MemberClass
    from_day: date
    until_day: date | None = None


def _holding(intervals: Sequence[_Interval], day: date) -> _Interval | None:
    for interval in intervals:
        if interval.from_day <= day and (interval.until_day is None or day < interval.until_day):
            return interval
    return None


def _check_intervals(intervals: Sequence[_Dated], what: str) -> None:
    if len(intervals) > MAX_INTERVALS:
        raise ValueError(f"{what}: more than {MAX_INTERVALS} intervals")
    ordered = sorted(intervals, key=lambda interval: interval.from_day)
    for interval in ordered:
        if interval.until_day is not None and interval.until_day <= interval.from_day:
            raise ValueError(f"{what}: an interval ends after it begins")
    for earlier, later in pairwise(ordered):
        if earlier.until_day is None or earlier.until_day > later.from_day:
            raise ValueError(f"{what}: intervals do not overlap")


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """What is known of a member over time. ``joined_on`` is the day of the admitting branch meeting (DUE-12)."""

    member_id: MemberId
    joined_on: date
    classes: tuple[ClassInterval, ...]
    statuses: tuple[StatusInterval, ...]
    memberships: tuple[MembershipInterval, ...]

    def __post_init__(self) -> None:
        _check_intervals(self.classes, "classes")
        _check_intervals(self.statuses, "statuses")
        _check_intervals(self.memberships, "memberships")

    def class_on(self, day: date) -> MemberClass | None:
        held = _holding(self.classes, day)
        return None if held is None else held.member_class

    def status_on(self, day: date) -> Status | None:
        held = _holding(self.statuses, day)
        return None if held is None else held.status

    def membership_on(self, day: date) -> MembershipInterval | None:
        return _holding(self.memberships, day)


@dataclass(frozen=True, slots=True)
class Assessment:
    """An amount set for a member from a month on. A correction is a higher version, never a change (DUE-15)."""

    effective_from: YearMonth
    amount_fen: int
    version: int
    member_class: MemberClass


@dataclass(frozen=True, slots=True)
class Owed:
    """A month owed to a branch. ``amount_fen`` is None while nobody has assessed it; ``billed_in`` is when it is asked."""

    month: YearMonth
    branch_id: OrgId
    branch_path: OrgPath
    amount_fen: int | None
    basis: AmountBasis
    assessment_version: int | None
    billed_in: YearMonth


@dataclass(frozen=True, slots=True)
class NotOwed:
    month: YearMonth
    reason: NotOwedReason


_NOT_OWED_STATUS = {
    Status.SUSPENDED: NotOwedReason.SUSPENDED,
    Status.REMOVED: NotOwedReason.REMOVED,
    Status.TRANSFERRED_OUT: NotOwedReason.TRANSFERRED_OUT,
}


def reference_day(month: YearMonth, joined_on: date) -> date | None:
    """The day that decides for the month; None when the member was admitted only after it."""
    if joined_on > month.last_day:
        return None
    return max(month.first_day, joined_on)


def assessment_for(month: YearMonth, member_class: MemberClass, assessments: Iterable[Assessment]) -> Assessment | None:
    """The assessment effective in a month: the latest begun by then, the highest version among equals.

    An assessment of another class does not count: the pay that it rests on is gone.
    """
    begun = [each for each in assessments if each.effective_from <= month and each.member_class is member_class]
    if len(begun) > MAX_ASSESSMENTS:
        raise ValueError(f"more than {MAX_ASSESSMENTS} assessments of one member")
    return max(begun, key=lambda each: (each.effective_from, each.version), default=None)


def _amount(
    month: YearMonth, member_class: MemberClass | None, assessments: Iterable[Assessment], profile: RuleProfile
) -> tuple[int | None, AmountBasis, int | None]:
    if member_class is None:
        return None, AmountBasis.UNASSESSED, None
    rule = profile.class_rule(member_class)
    if rule.method is Method.FLAT:
        return rule.flat_fen, AmountBasis.FLAT, None
    found = assessment_for(month, member_class, assessments)
    if found is None:
        return None, AmountBasis.UNASSESSED, None
    yearly = profile.assessment_mode is AssessmentMode.ANNUAL
    carried = yearly and found.effective_from.year < month.year
    basis = AmountBasis.CARRIED_OVER if carried else AmountBasis.ASSESSED
    return found.amount_fen, basis, found.version


def obligation_for(
    month: YearMonth,
    standing: MemberStanding,
    assessments: Iterable[Assessment],
    profile: RuleProfile,
    *,
    collection_passed: bool = False,
) -> Owed | NotOwed:
    """What a member owes for a month. ``profile`` is the one of that month (``profile_for``), so that ARR-4 holds.

    ``collection_passed`` says that the month's collection is over. A member admitted within the month then still owes
    it, to the admitting branch and at its own amount, but is asked for it with the next month: the month of the debt and
    the month of the bill are kept apart, so that a receipt names the month it pays (DUE-12, policy).
    """
    day = reference_day(month, standing.joined_on)
    if day is None:
        return NotOwed(month, NotOwedReason.NOT_YET_ADMITTED)
    status = standing.status_on(day)
    if status is None:
        return NotOwed(month, NotOwedReason.NO_STATUS)
    if status in _NOT_OWED_STATUS:
        return NotOwed(month, _NOT_OWED_STATUS[status])
    membership = standing.membership_on(day)
    if membership is None:
        return NotOwed(month, NotOwedReason.NO_BRANCH)
    amount_fen, basis, version = _amount(month, standing.class_on(day), assessments, profile)
    admitted_within = standing.joined_on > month.first_day
    billed_in = month.plus(1) if collection_passed and admitted_within else month
    return Owed(month, membership.branch_id, membership.branch_path, amount_fen, basis, version, billed_in)


def check_assessment(
    profile: RuleProfile, wanted_from: YearMonth, member_class: MemberClass, earlier: Sequence[Assessment]
) -> Refusal | None:
    """Whether an assessment may begin in a month (DUE-13), or why not.

    In the annual mode the year's amount stays: a new one begins in January, or is the first of the class in its year (a
    new member, a retirement), or corrects the one that began in the same month. On change, any month will do.
    """
    if wanted_from < profile.valid_from:
        return refuse("dues.month_before_rule_profile", valid_from=str(profile.valid_from))
    if profile.class_rule(member_class).method is Method.FLAT:
        return refuse("dues.flat_class_not_assessed", member_class=member_class.value)
    if profile.assessment_mode is AssessmentMode.ON_CHANGE or wanted_from.month == 1:
        return None
    of_year = [
        each.effective_from
        for each in earlier
        if each.effective_from.year == wanted_from.year and each.member_class is member_class
    ]
    if not of_year or wanted_from in of_year:
        return None
    return refuse("dues.assessment_year_fixed", year=wanted_from.year, since=str(min(of_year)))
