"""Dated periods that follow each other: what held from which day to which, never two at once, never overwritten.

A period runs from its first day to the day before ``to_day``; an open one has no ``to_day``. A list of periods is in the order
of time. Functions give back a new list or refuse; they never change the one they are given.

Days are the smallest step. What is set right on the day it began (a branch chosen wrongly in the morning) replaces the
period that covers no day; what covered a whole day stays for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

V = TypeVar("V")

MAX_PERIODS = 100
"""Changes of one member in a lifetime, far above any real one: the bound of the list that goes out with events."""


class PeriodRefusal(StrEnum):
    STILL_OPEN = "period_still_open"
    NOT_OPEN = "period_not_open"
    BEFORE_LAST = "before_the_last_period"
    """The day lies before what is already written down."""
    SAME_VALUE = "nothing_changes"
    TOO_MANY = "too_many_periods"


@dataclass(frozen=True, slots=True)
class Period(Generic[V]):
    """``value`` holds from ``from_day`` on; ``to_day`` is the first day on which it no longer does."""

    value: V
    from_day: date
    to_day: date | None = None

    def __post_init__(self) -> None:
        if self.to_day is not None and self.to_day <= self.from_day:
            raise ValueError("a period covers at least one day")

    def covers(self, day: date) -> bool:
        return self.from_day <= day and (self.to_day is None or day < self.to_day)


Periods = tuple[Period[V], ...]


def current(periods: Periods[V]) -> Period[V] | None:
    """The open period, if the last one is open."""
    return periods[-1] if periods and periods[-1].to_day is None else None


def value_on(periods: Periods[V], day: date) -> V | None:
    """What held on this day."""
    return next((period.value for period in periods if period.covers(day)), None)


def opened(periods: Periods[V], value: V, on: date) -> Periods[V] | PeriodRefusal:
    """With a new open period from this day. Refused while one is open, and before the end of the last one."""
    if current(periods) is not None:
        return PeriodRefusal.STILL_OPEN
    if periods and on < _end(periods):
        return PeriodRefusal.BEFORE_LAST
    if len(periods) >= MAX_PERIODS:
        return PeriodRefusal.TOO_MANY
    return _joined(periods, value, on)


def closed(periods: Periods[V], on: date) -> Periods[V] | PeriodRefusal:
    """With the open period ended on this day, which it no longer covers."""
    last = current(periods)
    if last is None:
        return PeriodRefusal.NOT_OPEN
    if on < last.from_day:
        return PeriodRefusal.BEFORE_LAST
    if on == last.from_day:
        return periods[:-1]
    return (*periods[:-1], replace(last, to_day=on))


def switched(periods: Periods[V], value: V, on: date) -> Periods[V] | PeriodRefusal:
    """With the open period ended on this day and another value open from the same day: no gap, no overlap."""
    last = current(periods)
    if last is None:
        return PeriodRefusal.NOT_OPEN
    if last.value == value:
        return PeriodRefusal.SAME_VALUE
    shortened = closed(periods, on)
    if isinstance(shortened, PeriodRefusal):
        return shortened
    if len(shortened) >= MAX_PERIODS:
        return PeriodRefusal.TOO_MANY
    return _joined(shortened, value, on)


def in_order(periods: Iterable[Period[V]]) -> bool:
    """Whether no two overlap, none but the last is open, and time runs forward: what the database also demands."""
    return all(
        earlier.to_day is not None and earlier.to_day <= later.from_day for earlier, later in pairwise(tuple(periods))
    )


def turning_days(periods: Periods[V]) -> set[date]:
    """The days on which something begins or ends; between two of them nothing changes."""
    return {day for period in periods for day in (period.from_day, period.to_day) if day is not None}


def _joined(periods: Periods[V], value: V, on: date) -> Periods[V]:
    """Adds an open period; when the last one ended that very day with the same value, it simply goes on."""
    if periods and periods[-1].value == value and _end(periods) == on:
        return (*periods[:-1], replace(periods[-1], to_day=None))
    return (*periods, Period(value, on))


def _end(periods: Periods[V]) -> date:
    end = periods[-1].to_day
    assert end is not None, "asked only of a list whose last period is closed"
    return end
