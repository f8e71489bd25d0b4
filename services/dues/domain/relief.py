"""What an approved relief makes of a month's amount (DUE-11).

Owns the lowering and its two bounds: never above what would be owed without it, never below what is paid. Who decides, and from
which papers, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import YearMonth

MAX_RELIEF_MONTHS = 12
"""Hardship is looked at anew at least once a year: policy, since DUE-11 asks for a period and names no length."""
MAX_BACK_MONTHS = 12
"""How far back a relief may begin; earlier months are long settled."""


class ReliefKind(StrEnum):
    REDUCED = "reduced"
    NIL = "nil"


@dataclass(frozen=True, slots=True)
class Relief:
    """An approved relief: what is owed a month, over which months. ``until`` is its last month, also where it was ended early."""

    relief_id: str
    kind: ReliefKind
    monthly_fen: int
    since: YearMonth
    until: YearMonth

    def covers(self, month: YearMonth) -> bool:
        return self.since <= month <= self.until


@dataclass(frozen=True, slots=True)
class Relieved:
    """An amount after relief. ``full_fen`` is what would be owed without it; ``overpaid_fen`` what was paid beyond the relief."""

    amount_fen: int | None
    relief_id: str | None = None
    full_fen: int | None = None
    overpaid_fen: int = 0


def relieve(month: YearMonth, full_fen: int | None, reliefs: Iterable[Relief], *, paid_fen: int = 0) -> Relieved:
    """The month's amount under the one relief that covers it. An amount that nobody has set yet is only known where it is nil."""
    relief = next((each for each in reliefs if each.covers(month)), None)
    if relief is None:
        return Relieved(full_fen)
    if full_fen is None:
        nothing = 0 if relief.kind is ReliefKind.NIL else None
        return Relieved(nothing, relief.relief_id if nothing == 0 else None)
    wanted = min(full_fen, relief.monthly_fen)
    return Relieved(max(wanted, paid_fen), relief.relief_id, full_fen, max(paid_fen - wanted, 0))


def months_of(since: YearMonth, until: YearMonth) -> list[YearMonth]:
    """The months of a period, both ends included."""
    return [since.plus(step) for step in range(since.months_until(until) + 1)]


def period_problem(since: YearMonth, until: YearMonth, running: YearMonth) -> str | None:
    """Why a relief may not be asked for over this period, as a stable reason; None where it may."""
    if until < since:
        return "period_backwards"
    if since.months_until(until) >= MAX_RELIEF_MONTHS:
        return "period_too_long"
    if since.months_until(running) > MAX_BACK_MONTHS:
        return "period_too_far_back"
    return "period_too_far_ahead" if running.months_until(since) > MAX_RELIEF_MONTHS else None
