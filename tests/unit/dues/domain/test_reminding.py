"""Reminders: the quiet hours, and how often at most, whoever reminds."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dues.domain.reminding import (
    DAYS_BETWEEN,
    LONG_DAYS,
    MOST_IN_LONG,
    NotReminded,
    Refusal,
    refuse_reminder,
    told_at,
)

DAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2026-09-15T20:59:59", "2026-09-15T20:59:59"),
        ("2026-09-15T21:00:00", "2026-09-16T08:00:00"),
        ("2026-09-30T23:59:59", "2026-10-01T08:00:00"),
        ("2026-09-16T00:00:00", "2026-09-16T08:00:00"),
        ("2026-09-16T07:59:59", "2026-09-16T08:00:00"),
        ("2026-09-16T08:00:00", "2026-09-16T08:00:00"),
    ],
)
def test_nobody_is_told_between_nine_in_the_evening_and_eight_in_the_morning(asked: str, told: str) -> None:
    assert told_at(datetime.fromisoformat(asked)) == datetime.fromisoformat(told)


def refusal(*days_ago: int, owed_fen: int = 800, excused: bool = False) -> Refusal | None:
    return refuse_reminder(owed_fen, excused=excused, day=DAY, earlier=[DAY - timedelta(days=ago) for ago in days_ago])


def test_nobody_is_reminded_of_nothing() -> None:
    assert refusal(owed_fen=0) == Refusal(NotReminded.NOTHING_OWED)


def test_who_has_a_reason_on_record_is_left_in_peace() -> None:
    assert refusal(excused=True) == Refusal(NotReminded.HAS_REASON)


def test_a_week_lies_between_two_reminders() -> None:
    assert refusal(0) == Refusal(NotReminded.REMINDED_THIS_WEEK, date(2026, 9, 22))
    assert refusal(6) == Refusal(NotReminded.REMINDED_THIS_WEEK, date(2026, 9, 16))
    assert refusal(7) is None


def test_three_within_ninety_days_are_the_most() -> None:
    assert refusal(80, 40) is None
    assert refusal(89, 40, 10) == Refusal(NotReminded.REMINDED_OFTEN, date(2026, 9, 16))
    assert refusal(90, 40, 10) is None


def test_after_three_the_week_holds_as_well() -> None:
    assert refusal(89, 40, 2) == Refusal(NotReminded.REMINDED_OFTEN, date(2026, 9, 20))


@given(st.lists(st.integers(0, 400), max_size=60))
def test_whatever_is_asked_the_limits_hold(waits: list[int]) -> None:
    told: list[date] = []
    day = DAY
    for wait in waits:
        day += timedelta(days=wait % 9)
        if refuse_reminder(1, excused=False, day=day, earlier=told) is None:
            told.append(day)
    for one, other in pairwise(told):
        assert (other - one).days >= DAYS_BETWEEN
    for one, other in zip(told, told[MOST_IN_LONG:], strict=False):
        assert (other - one).days >= LONG_DAYS


@given(st.lists(st.integers(0, 120), max_size=5))
def test_the_named_day_is_the_first_on_which_it_may_be_done(ago: list[int]) -> None:
    earlier = [DAY - timedelta(days=each) for each in ago]
    refused = refuse_reminder(1, excused=False, day=DAY, earlier=earlier)
    if refused is not None and refused.again_on is not None:
        assert refuse_reminder(1, excused=False, day=refused.again_on, earlier=earlier) is None
        before = refused.again_on - timedelta(days=1)
        assert refuse_reminder(1, excused=False, day=before, earlier=earlier) is not None
