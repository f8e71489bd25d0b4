"""Instants are UTC, days and months are the county's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.chassis.clock import FixedClock, OffsetClock, SystemClock, parse_clock, parse_instant, shanghai, utc
from services.contracts.values import YearMonth


def test_the_countys_day_begins_at_16_hours_utc() -> None:
    clock = FixedClock(datetime(2026, 8, 31, 15, 59, 59, tzinfo=UTC))
    assert (clock.today(), clock.month_now()) == (date(2026, 8, 31), YearMonth(2026, 8))
    clock.advance(timedelta(seconds=1))
    assert (clock.today(), clock.month_now()) == (date(2026, 9, 1), YearMonth(2026, 9))


def test_system_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 9, 1, 8)  # noqa: DTZ001  # the very thing that is refused
    for convert in (utc, shanghai, FixedClock):
        with pytest.raises(ValueError, match="zone"):
            convert(naive)


def test_a_fixed_clock_stands_until_moved_and_does_not_slip_back() -> None:
    clock = FixedClock(datetime(2026, 9, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    with pytest.raises(ValueError, match="advances"):
        clock.advance(timedelta(seconds=-1))
    clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now().month == 1


def test_an_offset_clock_runs_at_the_machines_pace() -> None:
    clock = OffsetClock(datetime(2026, 9, 15, tzinfo=UTC), datetime.now(UTC))
    first = clock.now()
    assert timedelta(0) <= first - datetime(2026, 9, 15, tzinfo=UTC) < timedelta(seconds=5)
    assert first <= clock.now()


def test_processes_with_one_anchor_agree_whenever_they_start() -> None:
    text = "2026-09-15T08:00:00+08:00@2026-11-24T00:00:00Z"
    assert parse_clock(text).offset == parse_clock(text).offset == timedelta(days=-70)


@pytest.mark.parametrize("text", ["", "soon", "2026-09-15", "2026-09-15T08:00:00", "2026-13-01T00:00:00Z", "9" * 5_000])
def test_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_leaves_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        parse_instant(text)
