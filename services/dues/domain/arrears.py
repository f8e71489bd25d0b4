"""How far behind a member is: the run of unpaid months, the step of the ladder, the debt (ARR-1 to ARR-4).

Pure. Changes no status and prepares no removal: a step says what the branch is to look at, and a meeting decides (ARR-2).

What counts, month by month (policy where the rules are silent):

- A month is late when it is over, so the running month and those ahead are never part of the ladder.
- An exempt month, one without an obligation and one that is paid, in part or whole, end the run; what is still missing of an
  older month stays owed, at its own year's amount (ARR-4). A month paid ahead is a paid month.
- A month that nobody has assessed and one whose payment the branch has put off (PAY-2) neither count nor end the run: the first
  is no fault of the member's, the second has the branch's consent.
- A proper reason stops the six-month flag, not the debt (ARR-3): while it holds, and for the months that it covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.contracts.values import YearMonth

EDUCATION_FROM = 3
"""Months in a row (ARR-1; local practice)."""
REVIEW_FROM = 6
"""Months in a row without a proper reason (ARR-1)."""
MAX_MONTHS = 600  # of one member: fifty years
MAX_REASON_DAYS = 366
"""A reason holds a year at most and is then looked at again (policy)."""


class Step(StrEnum):
    """Where on the ladder a member stands; ``NONE`` is not on it."""

    NONE = "none"
    ARREARS = "arrears"
    EDUCATION_AND_DEADLINE = "education_and_deadline"
    REVIEW_SELF_WITHDRAWAL = "review_self_withdrawal"


@dataclass(frozen=True, slots=True)
class DuesMonth:
    """One month's obligation. ``amount_fen`` is None while nobody has assessed it, 0 when it is exempt."""

    month: YearMonth
    amount_fen: int | None
    paid_fen: int
    ahead: bool = False
    """Not opened yet; whatever was paid for it."""
    delayed: bool = False
    """On the branch's list of those who pay later with its consent (PAY-2, BOOK-1)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The days for which a proper reason is on record, both included (ARR-3)."""

    first_day: date
    last_day: date

    def covers(self, month: YearMonth) -> bool:
        """Whether it holds on any day of the month: in doubt for the member."""
        return self.first_day <= month.last_day and month.first_day <= self.last_day

    def holds_on(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Standing:
    """What comes out for one member. ``since`` is the first month of the run; None without a run."""

    owed_fen: int
    owed_months: int
    unpaid_run: int
    unexcused_run: int
    """Months of the run that no reason covers."""
    since: YearMonth | None
    step: Step
    changes_on: date | None
    """The next day on which this may change although nobody pays or decides: a month ends, a reason begins or ends."""


CLEAR = Standing(0, 0, 0, 0, None, Step.NONE, None)


def standing_of(
    months: Iterable[DuesMonth], today: date, reasons: Sequence[Reason] = (), *, in_care: bool = True
) -> Standing:
    """How a member stands today. Who is no member here any more (``in_care``) owes what he owes and stands on no step."""
    known = {each.month: each for each in months}
    if len(known) > MAX_MONTHS:
        raise ValueError(f"more than {MAX_MONTHS} months of one member")
    running = YearMonth.of(today)
    late = [each for each in known.values() if each.month < running and not each.ahead and _missing_fen(each) > 0]
    run = _run(known, running)
    unexcused = sum(not any(reason.covers(month) for reason in reasons) for month in run)
    owed_fen = sum(map(_missing_fen, late))
    excused = any(reason.holds_on(today) for reason in reasons)
    step = _step(owed_fen, len(run), unexcused, excused=excused) if in_care else Step.NONE
    awaited = owed_fen > 0 or any(_missing_fen(each) > 0 for each in known.values() if each.month <= running)
    changes_on = _next_change(today, running, reasons) if awaited else None
    return Standing(owed_fen, len(late), len(run), unexcused, run[-1] if run else None, step, changes_on)


def _missing_fen(month: DuesMonth) -> int:
    return 0 if month.amount_fen is None else month.amount_fen - month.paid_fen


def _run(known: dict[YearMonth, DuesMonth], running: YearMonth) -> list[YearMonth]:
    """The unpaid months in a row up to now, the newest first. A running month that is paid or exempt ends
    the run at once."""
    now = known.get(running)
    if now is not None and _ends_run(now):
        return []
    run: list[YearMonth] = []
    month = running.plus(-1)
    for _ in range(MAX_MONTHS):
        each = known.get(month)
        if each is None or each.ahead or _ends_run(each):
            break
        if each.amount_fen is not None and not each.delayed:
            run.append(month)
        month = month.plus(-1)
    return run


def _ends_run(month: DuesMonth) -> bool:
    return month.amount_fen == 0 or month.paid_fen > 0


def _step(owed_fen: int, run: int, unexcused: int, *, excused: bool) -> Step:
    if owed_fen == 0:
        return Step.NONE
    if unexcused >= REVIEW_FROM and not excused:
        return Step.REVIEW_SELF_WITHDRAWAL
    return Step.EDUCATION_AND_DEADLINE if run >= EDUCATION_FROM else Step.ARREARS


def _next_change(today: date, running: YearMonth, reasons: Sequence[Reason]) -> date:
    days = [running.plus(1).first_day]
    for reason in reasons:
        days += [reason.first_day, date.fromordinal(reason.last_day.toordinal() + 1)]
    return min(day for day in days if day > today)
