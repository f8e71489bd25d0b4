"""The calendar of bills, and that every kind of difference has its list and its words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.chassis.clock import SHANGHAI
from services.contracts.dues import messages as m
from services.dues.domain import reconciliation as rules


@pytest.mark.parametrize(
    ("hour", "minute", "day"),
    [(0, 0, date(2026, 9, 13)), (10, 4, date(2026, 9, 13)), (10, 5, date(2026, 9, 14)), (23, 59, date(2026, 9, 14))],
)
def test_yesterdays_bill_is_expected_after_ten_on_chinas_clock(hour: int, minute: int, day: date) -> None:
    assert rules.last_day_ready(datetime(2026, 9, 15, hour, minute, tzinfo=SHANGHAI)) == day


def test_what_was_missed_is_asked_for_from_the_first_order_on_and_within_bounds() -> None:
    assert rules.days_expected(date(2026, 9, 13), date(2026, 9, 14)) == (date(2026, 9, 13), date(2026, 9, 14))
    assert rules.days_expected(date(2026, 9, 15), date(2026, 9, 14)) == ()
    long = rules.days_expected(date(2020, 1, 1), date(2026, 9, 14))
    assert (len(long), long[-1]) == (rules.CATCH_UP_DAYS, date(2026, 9, 14))
    assert rules.missing_days(long, long[1:]) == long[:1]


def test_waits_between_tries_grow_and_have_an_end() -> None:
    waits = [rules.try_wait(tries) for tries in range(rules.MAX_TRIES)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_the_contract_and_the_rules_name_the_same_kinds_and_lists() -> None:
    assert {kind.value for kind in m.DifferenceKind} == {kind.value for kind in rules.DifferenceKind}
    assert {where.value for where in m.DifferenceList} == {where.value for where in rules.DifferenceList}
    assert set(rules.LIST_OF) == set(rules.DifferenceKind)
