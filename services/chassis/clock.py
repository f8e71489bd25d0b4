"""What time it is: the only place that asks the machine.

Instants are aware and in UTC; calendar days and months are those of Asia/Shanghai. Code that depends on time takes a
``Clock``; nothing else may call ``datetime.now``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from services.contracts.values import YearMonth

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for one without a zone: it could be any of 24 instants."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("an instant needs a zone")
    return moment.astimezone(UTC)


def shanghai(moment: datetime) -> datetime:
    """The same instant as the county's wall clocks show it. Raises ValueError without a zone."""
    return utc(moment).astimezone(SHANGHAI)


def parse_instant(text: str) -> datetime:
    """From RFC 3339 text with a zone, in UTC. Raises ValueError."""
    try:
        return utc(datetime.fromisoformat(text))
    except OverflowError as error:
        raise ValueError("an instant outside the calendar") from error


class Clock(Protocol):
    """Tells the instant; the county's day and month follow from it."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def today(self) -> date:
        return shanghai(self.now()).date()

    def month_now(self) -> YearMonth:
        return YearMonth.of(self.today())


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock(Clock):
    """Stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self._at = utc(at)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        """Forward only: what runs backwards is set with ``set``, so that a slip in a test shows."""
        if by < timedelta(0):
            raise ValueError("a clock advances")
        self._at += by

    def set(self, at: datetime) -> None:
        self._at = utc(at)


class OffsetClock(Clock):
    """Runs at the machine's pace but shows another time: for demonstrations and tests, never beside real money.

    Processes that must agree share one anchor: ``shown`` is what the clock shows at the real instant ``at``.
    """

    def __init__(self, shown: datetime, at: datetime) -> None:
        self.offset = utc(shown) - utc(at)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def parse_clock(text: str) -> OffsetClock:
    """From ``<shown instant>`` (counted from now) or ``<shown instant>@<real instant>``. Raises ValueError."""
    shown, _, anchor = text.partition("@")
    return OffsetClock(parse_instant(shown), parse_instant(anchor) if anchor else datetime.now(UTC))
