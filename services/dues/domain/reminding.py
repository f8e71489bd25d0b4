"""When a member may be reminded of his dues, and when not: nobody is pestered (ARR-1, ARR-3; in the spirit of LRN-3).

Pure. The limits are policy: they hold for a member whoever reminds him, and no office may set them aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

QUIET_FROM_HOUR, QUIET_UNTIL_HOUR = 21, 8
"""On the county's wall clock: nobody is told between nine in the evening and eight in the morning."""
DAYS_BETWEEN = 7
LONG_DAYS, MOST_IN_LONG = 90, 3
"""At most three reminders within ninety days."""


class NotReminded(StrEnum):
    """Why somebody is not reminded now."""

    NOTHING_OWED = "nothing_owed"
    HAS_REASON = "has_reason"
    REMINDED_THIS_WEEK = "reminded_this_week"
    REMINDED_OFTEN = "reminded_often"


@dataclass(frozen=True, slots=True)
class Refusal:
    """``again_on``: the first day on which it may be done; None where no day can be named."""

    why: NotReminded
    again_on: date | None = None


def told_at(local: datetime) -> datetime:
    """When somebody is told who is reminded now: at once, or at eight when it is quiet. Both on the county's wall clock."""
    opening = local.replace(hour=QUIET_UNTIL_HOUR, minute=0, second=0, microsecond=0)
    if local < opening:
        return opening
    if local.hour >= QUIET_FROM_HOUR:
        return opening + timedelta(days=1)
    return local


def refuse_reminder(owed_fen: int, *, excused: bool, day: date, earlier: Sequence[date]) -> Refusal | None:
    """Whether a member may be reminded on ``day``, the day on which he would be told; ``earlier`` are those on which he was
    told or will be."""
    if owed_fen <= 0:
        return Refusal(NotReminded.NOTHING_OWED)
    if excused:
        return Refusal(NotReminded.HAS_REASON)
    days = sorted(each for each in earlier if (day - each).days < LONG_DAYS)
    week_free = days[-1] + timedelta(days=DAYS_BETWEEN) if days else day
    if len(days) >= MOST_IN_LONG:
        long_free = days[-MOST_IN_LONG] + timedelta(days=LONG_DAYS)
        return Refusal(NotReminded.REMINDED_OFTEN, max(week_free, long_free))
    if week_free > day:
        return Refusal(NotReminded.REMINDED_THIS_WEEK, week_free)
    return None
