"""One branch and one status at any date, nothing overwritten (REG-1, REG-2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.values import OrgId
from services.members.domain import periods
from services.members.domain.membership import (
    BELONGING,
    History,
    MembershipRefusal,
    Refusal,
    Status,
    admit,
    change_status,
    enter,
    first_statuses,
    holds_together,
    may_follow,
    move,
)
from services.members.domain.periods import Period, PeriodRefusal

A, B, C = OrgId("a"), OrgId("b"), OrgId("c")
JOINED, FULL = date(2020, 3, 1), date(2021, 3, 1)
SINCE = date(2022, 5, 20)


def member() -> History:
    return admit(A, SINCE, first_statuses(Status.FULL, JOINED, FULL, SINCE))


def done(result: History | MembershipRefusal | PeriodRefusal) -> History:
    assert isinstance(result, History), result
    return result


def test_move_leaves_no_gap_and_no_overlap() -> None:
    moved = done(move(member(), B, date(2023, 1, 10)))
    assert moved.branch_on(date(2023, 1, 9)) == A
    assert moved.branch_on(date(2023, 1, 10)) == B
    assert moved.branches == (Period(A, SINCE, date(2023, 1, 10)), Period(B, date(2023, 1, 10)))


def test_past_is_never_overwritten() -> None:
    moved = done(move(member(), B, date(2023, 1, 10)))
    assert move(moved, C, date(2023, 1, 9)) is PeriodRefusal.BEFORE_LAST
    assert change_status(moved, Status.SUSPENDED, FULL - timedelta(days=1)) is PeriodRefusal.BEFORE_LAST


def test_wrong_branch_is_put_right_on_the_same_day() -> None:
    moved = done(move(member(), B, date(2023, 1, 10)))
    right = done(move(moved, C, date(2023, 1, 10)))
    assert right.branches == (Period(A, SINCE, date(2023, 1, 10)), Period(C, date(2023, 1, 10)))
    back = done(move(moved, A, date(2023, 1, 10)))
    assert back.branches == member().branches


def test_move_to_his_own_branch_is_nothing() -> None:
    assert move(member(), A, date(2023, 1, 10)) is PeriodRefusal.SAME_VALUE


@pytest.mark.parametrize("status", [Status.REMOVED, Status.TRANSFERRED_OUT])
def test_leaving_ends_membership_the_same_day(status: Status) -> None:
    left = done(change_status(member(), status, date(2023, 6, 1)))
    assert left.branch is None
    assert left.branch_on(date(2023, 5, 31)) == A
    assert left.status_on(date(2023, 6, 1)) is status
    assert move(left, B, date(2023, 6, 2)) is MembershipRefusal.DOES_NOT_BELONG
    assert change_status(left, Status.FULL, date(2023, 6, 2)) is MembershipRefusal.NEEDS_BRANCH
    assert change_status(left, Status.REMOVED, date(2023, 6, 2)) is MembershipRefusal.DOES_NOT_BELONG


def test_suspended_member_stays_with_his_branch() -> None:
    suspended = done(change_status(member(), Status.SUSPENDED, date(2023, 6, 1)))
    assert suspended.branch == A
    assert done(change_status(suspended, Status.FULL, date(2023, 8, 1))).status is Status.FULL


def test_who_was_transferred_out_may_come_back_to_a_branch() -> None:
    left = done(change_status(member(), Status.TRANSFERRED_OUT, date(2023, 6, 1)))
    back = done(enter(left, B, Status.FULL, date(2024, 2, 1)))
    assert back.branch_on(date(2024, 1, 31)) is None
    assert back.branch == B
    assert enter(back, A, Status.FULL, date(2024, 3, 1)) is MembershipRefusal.ALREADY_BELONGS
    assert enter(left, B, Status.FULL, date(2023, 5, 1)) is PeriodRefusal.BEFORE_LAST
    assert enter(left, B, Status.PROBATIONARY, date(2024, 2, 1)) is MembershipRefusal.STATUS_NOT_NEXT


def test_removed_member_comes_back_only_by_admission() -> None:
    removed = done(change_status(member(), Status.REMOVED, date(2023, 6, 1)))
    assert enter(removed, A, Status.FULL, date(2024, 1, 1)) is MembershipRefusal.STATUS_NOT_NEXT


def test_full_member_never_becomes_probationary_not_even_through_suspension() -> None:
    assert change_status(member(), Status.PROBATIONARY, date(2023, 1, 1)) is MembershipRefusal.STATUS_NOT_NEXT
    suspended = done(change_status(member(), Status.SUSPENDED, date(2023, 6, 1)))
    assert change_status(suspended, Status.PROBATIONARY, date(2023, 7, 1)) is MembershipRefusal.STATUS_NOT_NEXT
    young = admit(A, SINCE, first_statuses(Status.PROBATIONARY, JOINED, None, SINCE))
    young = done(change_status(young, Status.SUSPENDED, date(2023, 6, 1)))
    assert done(change_status(young, Status.PROBATIONARY, date(2023, 7, 1))).status is Status.PROBATIONARY


def test_first_statuses_follow_the_dates_of_the_roster() -> None:
    assert first_statuses(Status.FULL, JOINED, FULL, SINCE) == (
        Period(Status.PROBATIONARY, JOINED, FULL),
        Period(Status.FULL, FULL),
    )
    assert first_statuses(Status.FULL, JOINED, None, SINCE) == (Period(Status.FULL, JOINED),)
    assert first_statuses(Status.FULL, JOINED, JOINED, SINCE) == (Period(Status.FULL, JOINED),)
    assert first_statuses(Status.PROBATIONARY, JOINED, None, SINCE) == (Period(Status.PROBATIONARY, JOINED),)
    assert first_statuses(Status.SUSPENDED, JOINED, FULL, SINCE) == (Period(Status.SUSPENDED, SINCE),)
    with pytest.raises(ValueError, match="nobody enters"):
        first_statuses(Status.REMOVED, JOINED, FULL, SINCE)


def test_admission_needs_a_status_that_covers_it() -> None:
    with pytest.raises(ValueError, match="begin no later"):
        admit(A, JOINED - timedelta(days=1), (Period(Status.FULL, JOINED),))


def test_a_period_covers_at_least_a_day_and_lists_have_a_bound() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Period(A, JOINED, JOINED)
    history = member()
    for step in range(1, periods.MAX_PERIODS):
        history = done(move(history, B if step % 2 else A, SINCE + timedelta(days=step)))
    assert move(history, C, SINCE + timedelta(days=500)) is PeriodRefusal.TOO_MANY


def test_opened_is_refused_while_open_and_before_the_last_end() -> None:
    one = (Period(A, JOINED, FULL),)
    assert periods.opened(one, B, FULL - timedelta(days=1)) is PeriodRefusal.BEFORE_LAST
    assert periods.opened(one, A, FULL) == (Period(A, JOINED),)
    assert periods.opened((Period(A, JOINED),), B, FULL) is PeriodRefusal.STILL_OPEN
    assert periods.closed(one, FULL) is PeriodRefusal.NOT_OPEN
    assert not periods.in_order((Period(A, JOINED), Period(B, FULL)))
    assert not periods.in_order((Period(A, JOINED, FULL), Period(B, JOINED)))


def test_broken_histories_are_told_apart() -> None:
    whole = member()
    assert holds_together(whole)
    assert not holds_together(History((), whole.statuses))
    assert not holds_together(History(whole.branches, (Period(Status.FULL, JOINED, date(2023, 1, 1)),)))
    assert not holds_together(History((Period(A, SINCE), Period(B, FULL)), whole.statuses))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "status", "enter"]),
        st.sampled_from([A, B, C]),
        st.sampled_from(list(Status)),
        st.integers(-3, 40),
    ),
    max_size=12,
)


@settings(max_examples=300)
@given(status=st.sampled_from(sorted(BELONGING)), steps=STEPS)
def test_whatever_is_done_there_is_one_branch_on_each_day_of_belonging(
    status: Status, steps: list[tuple[str, OrgId, Status, int]]
) -> None:
    history = admit(A, SINCE, first_statuses(status, JOINED, FULL if status is Status.FULL else None, SINCE))
    day = SINCE
    for kind, branch, new_status, days in steps:
        day += timedelta(days=days)
        before = history
        result: History | Refusal
        if kind == "move":
            result = move(history, branch, day)
        elif kind == "status":
            result = change_status(history, new_status, day)
        else:
            result = enter(history, branch, new_status, day)
        if isinstance(result, History):
            history = result
        assert holds_together(history)
        _assert_past_kept(before, history, day)
        assert history.status is None or not may_follow(history.statuses, history.status)


def _assert_past_kept(before: History, after: History, changed_on: date) -> None:
    """Every day before the day of the change tells the same as it did."""
    days = [JOINED + timedelta(days=step) for step in range(0, (changed_on - JOINED).days, 7)]
    for day in [*days, changed_on - timedelta(days=1)]:
        assert before.branch_on(day) == after.branch_on(day)
        assert before.status_on(day) == after.status_on(day)
