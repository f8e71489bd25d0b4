"""Where a member stands and as what: one branch at any date (REG-1), one status at any date (REG-2).

Owns the history of one member as two lists of dated periods and the steps that may follow each other. Decides nothing about
dues, authority or the organisation tree; whether an id names a branch is the caller's to know.

A member who has been admitted belongs to exactly one branch on each day on which his status is full, probationary or
suspended, from the first day on which this county holds him; removal and transfer out end both together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.contracts.values import OrgId
from services.members.domain import periods
from services.members.domain.periods import Period, PeriodRefusal, Periods


class Status(StrEnum):
    """REG-2: 正式党员, 预备党员, 停止党籍, 除名/出党, 已转出."""

    FULL = "full"
    PROBATIONARY = "probationary"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    TRANSFERRED_OUT = "transferred_out"


BELONGING = frozenset({Status.FULL, Status.PROBATIONARY, Status.SUSPENDED})
"""Statuses in which a branch holds the member. A suspended one stays on its list until removal is decided (REG-2)."""
OWING = frozenset({Status.FULL, Status.PROBATIONARY})
"""Statuses in which dues fall due (DUE-12)."""

NEXT_STATUSES: dict[Status, frozenset[Status]] = {
    Status.PROBATIONARY: frozenset({Status.FULL, Status.SUSPENDED, Status.REMOVED, Status.TRANSFERRED_OUT}),
    Status.FULL: frozenset({Status.SUSPENDED, Status.REMOVED, Status.TRANSFERRED_OUT}),
    Status.SUSPENDED: frozenset({Status.FULL, Status.PROBATIONARY, Status.REMOVED}),
    Status.TRANSFERRED_OUT: frozenset({Status.FULL, Status.PROBATIONARY}),
    Status.REMOVED: frozenset(),
}
"""Which status may follow which; besides, nobody who ever was a full member becomes probationary again. Who was removed comes
back only through a new admission, which is a new decision of a branch meeting and no correction of a list."""


class MembershipRefusal(StrEnum):
    ALREADY_BELONGS = "already_belongs_to_a_branch"
    DOES_NOT_BELONG = "belongs_to_no_branch"
    STATUS_NOT_NEXT = "status_may_not_follow"
    NEEDS_BRANCH = "status_needs_a_branch"
    """Coming back from outside names the branch: ``enter``, not ``change_status``."""


Refusal = MembershipRefusal | PeriodRefusal


@dataclass(frozen=True, slots=True)
class History:
    """Branches and statuses of one member, each list in the order of time."""

    branches: Periods[OrgId] = ()
    statuses: Periods[Status] = ()

    def branch_on(self, day: date) -> OrgId | None:
        return periods.value_on(self.branches, day)

    def status_on(self, day: date) -> Status | None:
        return periods.value_on(self.statuses, day)

    @property
    def branch(self) -> OrgId | None:
        """The branch that holds him now."""
        last = periods.current(self.branches)
        return last.value if last else None

    @property
    def status(self) -> Status | None:
        last = periods.current(self.statuses)
        return last.value if last else None


def first_statuses(status: Status, joined_on: date, full_on: date | None, since: date) -> Periods[Status]:
    """The statuses of a member who is new to this county's roster, told by the dates that the roster gives.

    ``joined_on`` is the branch meeting that admitted him as a probationary member (DUE-12), ``full_on`` the day he became a full
    one, empty for the years without a probation. A suspended member counts as suspended from ``since``, the day from which this
    county holds him: when it happened is not on the roster, and a guess would make debts.
    """
    if status not in BELONGING:
        raise ValueError("nobody enters the roster as removed or transferred out")
    if status is Status.SUSPENDED:
        return (Period(status, since),)
    if status is Status.FULL and full_on is not None and full_on > joined_on:
        return (Period(Status.PROBATIONARY, joined_on, full_on), Period(Status.FULL, full_on))
    return (Period(status, joined_on),)


def may_follow(statuses: Periods[Status], status: Status) -> bool:
    """Whether this status may come next after these (REG-2)."""
    last = periods.current(statuses)
    if last is None or status not in NEXT_STATUSES[last.value]:
        return False
    return status is not Status.PROBATIONARY or all(period.value is not Status.FULL for period in statuses)


def admit(branch: OrgId, since: date, statuses: Periods[Status]) -> History:
    """The history of a member who is new: in this branch since that day, with ``first_statuses``."""
    if not statuses or statuses[-1].to_day is not None or statuses[0].from_day > since:
        raise ValueError("his statuses begin no later than his first branch and the last is open")
    return History((Period(branch, since),), statuses)


def move(history: History, branch: OrgId, on: date) -> History | Refusal:
    """From his branch to another one on this day (REG-1); his status goes on."""
    if history.branch is None:
        return MembershipRefusal.DOES_NOT_BELONG
    branches = periods.switched(history.branches, branch, on)
    return branches if isinstance(branches, PeriodRefusal) else replace(history, branches=branches)


def change_status(history: History, status: Status, on: date) -> History | Refusal:
    """To another status on this day (REG-2). Removal and transfer out end his membership of the branch on the same day."""
    present = history.status
    if present is None or history.branch is None:
        return MembershipRefusal.NEEDS_BRANCH if status in BELONGING else MembershipRefusal.DOES_NOT_BELONG
    if status is present:
        return PeriodRefusal.SAME_VALUE
    if not may_follow(history.statuses, status):
        return MembershipRefusal.STATUS_NOT_NEXT
    statuses = periods.switched(history.statuses, status, on)
    if isinstance(statuses, PeriodRefusal):
        return statuses
    if status in BELONGING:
        return replace(history, statuses=statuses)
    branches = periods.closed(history.branches, on)
    return branches if isinstance(branches, PeriodRefusal) else History(branches, statuses)


def enter(history: History, branch: OrgId, status: Status, on: date) -> History | Refusal:
    """Back from outside into a branch on this day, after he was transferred out."""
    if history.branch is not None:
        return MembershipRefusal.ALREADY_BELONGS
    if not may_follow(history.statuses, status):
        return MembershipRefusal.STATUS_NOT_NEXT
    statuses = periods.switched(history.statuses, status, on)
    branches = periods.opened(history.branches, branch, on)
    if isinstance(statuses, PeriodRefusal):
        return statuses
    return branches if isinstance(branches, PeriodRefusal) else History(branches, statuses)


def holds_together(history: History) -> bool:
    """Whether REG-1 and REG-2 hold on every day: lists in order, and from the first branch on a branch exactly on the days of a
    status that belongs to one. Looks at the days on which anything changes, since nothing happens between them."""
    if not (periods.in_order(history.branches) and periods.in_order(history.statuses)):
        return False
    if not history.branches:
        return history.status not in BELONGING
    first = history.branches[0].from_day
    turns = periods.turning_days(history.branches) | periods.turning_days(history.statuses)
    return all(
        (history.branch_on(day) is not None) == (history.status_on(day) in BELONGING) for day in turns if day >= first
    )
