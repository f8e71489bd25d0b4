"""Reporting and settling a month, the delayed list, relief and consent (BOOK-1, DUE-11, PAY-2, PAY-3)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import MonthItemState
from services.contracts.dues.messages.owed import MonthState
from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Count,
    Cursor,
    Id,
    Many,
    Money,
    Name,
    PageSize,
    Text,
    Words,
    message,
)

Office = Annotated[str, Text(0, 140)]
"""The organisation whose office acted."""
PersonName = Annotated[str, Text(0, 60)]
"""Who held the office: named to himself and to those who look after him, empty for everybody else."""
MAX_NAMED = 50
"""People or organisations that a refusal names; the list behind it has them all."""
MAX_RELIEF_PERIOD = 12

# Reports


class ReportLevel(StrEnum):
    BRANCH = "branch"
    COMMITTEE = "committee"
    COUNTY = "county"
    PASSES_ON = "passes_on"
    """Reports nothing itself: a general branch, a group."""


@message
class MonthNumbers:
    members: Count
    owed_fen: Money
    paid_fen: Money
    delayed: Count
    delayed_fen: Money


@message
class ReportFacts:
    """A report as it was frozen."""

    numbers: MonthNumbers
    by: Office
    by_name: PersonName
    at: datetime


@message
class ReturnFacts:
    by: Office
    at: datetime
    reason: Words


@message
class MonthStanding:
    """How far one organisation has come with a month. ``numbers`` are those of the report where it has reported."""

    org_id: Id
    org_name: Name
    level: ReportLevel
    month: YearMonth
    state: MonthState
    numbers: MonthNumbers
    blocking: Count
    """People who have neither paid nor are on the delayed list."""
    reporters: Count
    """Organisations that have to report to this one, and how many have."""
    reported: Count
    report: ReportFacts | None
    returned: ReturnFacts | None
    """Why the last report was sent back, until there is a new one."""
    can_settle: bool = False
    """The county's month is over and every report is in."""


@message
class GetMonthStanding:
    org_id: Id
    month: YearMonth


@message
class ListMonthStandings:
    """Those who report to this organisation."""

    org_id: Id
    month: YearMonth
    state: MonthState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class MonthStandingPage:
    items: tuple[MonthStanding, ...]
    next_cursor: Cursor | None


@message
class ListMonthBlocks:
    org_id: Id
    month: YearMonth
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class MonthBlock:
    """Somebody for whom the branch can't report yet. ``month`` is what he owes for: it may be one billed with this."""

    member_id: Id
    name: Name
    branch_name: Annotated[str, Text(0, 60)]
    month: YearMonth
    state: MonthItemState
    amount_fen: Money | None
    paid_fen: Money


@message
class MonthBlockPage:
    items: tuple[MonthBlock, ...]
    next_cursor: Cursor | None


@message
class ReportMonth:
    org_id: Id
    month: YearMonth


@message
class ReturnMonthReport:
    org_id: Id
    month: YearMonth
    reason: Words


@message
class SettleMonth:
    month: YearMonth


# The delayed list


@message
class DelayMonth:
    member_id: Id
    month: YearMonth
    reason: Words


@message
class EndDelay:
    id: Id


@message
class ListDelays:
    org_id: Id
    month: YearMonth
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class DelayView:
    id: Id
    member_id: Id
    name: Name
    month: YearMonth
    billed_in: YearMonth
    state: MonthItemState
    missing_fen: Money
    reason: Words
    by: Office
    at: datetime
    ended_at: datetime | None = None


@message
class DelayPage:
    items: tuple[DelayView, ...]
    next_cursor: Cursor | None


# Relief, as DUE-11 has it


class ReliefKind(StrEnum):
    REDUCED = "reduced"
    NIL = "nil"


class ReliefState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@message
class AskRelief:
    """The branch's decision, as its minutes have it."""

    member_id: Id
    kind: ReliefKind
    monthly_fen: Money = 0
    from_month: YearMonth
    to_month: YearMonth
    decided_on: date
    reason: Words


@message
class AnswerRelief:
    """The superior's decision."""

    id: Id
    approve: bool
    decided_on: date
    words: Words


@message
class EndRelief:
    """Withdraws one that waits; one that is approved ends with the month before ``from_month``."""

    id: Id
    from_month: YearMonth | None = None
    """Left out: the running month."""
    words: Words


@message
class Overpaid:
    """A month for which more was paid than the relief asks for: a person decides what becomes of it."""

    month: YearMonth
    paid_fen: Money
    over_fen: Money


@message
class ReliefView:
    id: Id
    member_id: Id
    name: Name
    branch_name: Annotated[str, Text(0, 60)]
    kind: ReliefKind
    monthly_fen: Money
    from_month: YearMonth
    to_month: YearMonth
    ends_with: YearMonth | None
    """The last month it holds for, where it was ended early; None when it holds for none."""
    reason: Words
    state: ReliefState
    decided_on: date
    entered_by: Office
    entered_by_name: PersonName
    entered_at: datetime
    answered_on: date | None = None
    answered_by: Office = ""
    answered_by_name: PersonName = ""
    answer_words: Annotated[str, Text(0, 500)] = ""
    end_words: Annotated[str, Text(0, 500)] = ""
    mine_to_answer: bool = False
    overpaid: Annotated[tuple[Overpaid, ...], Many(0, MAX_RELIEF_PERIOD)] = ()


@message
class ListReliefs:
    org_id: Id
    state: ReliefState | None = None
    mine: bool = False
    """Only those that wait for the caller's own answer."""
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class ReliefPage:
    items: tuple[ReliefView, ...]
    next_cursor: Cursor | None


# Consent, as PAY-2 and PAY-3 have it


class ConsentKind(StrEnum):
    QUARTERLY = "quarterly"
    ON_BEHALF = "on_behalf"
    BACK_PAYMENT = "back_payment"


@message
class RecordConsent:
    member_id: Id
    kind: ConsentKind
    from_month: YearMonth
    to_month: YearMonth
    agreed_on: date
    words: Words


@message
class NoteConsent:
    """The superior's note on a back payment beyond the limit."""

    id: Id
    words: Words


@message
class WithdrawConsent:
    id: Id
    words: Words


@message
class ConsentView:
    id: Id
    member_id: Id
    name: Name
    kind: ConsentKind
    from_month: YearMonth
    to_month: YearMonth
    agreed_on: date
    words: Words
    by: Office
    by_name: PersonName
    at: datetime
    in_force: bool
    """Whether it stands; a back payment also needs the superior's note."""
    noted_by: Office = ""
    noted_by_name: PersonName = ""
    note_words: Annotated[str, Text(0, 500)] = ""
    noted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdraw_words: Annotated[str, Text(0, 500)] = ""
    mine_to_note: bool = False


@message
class ListConsents:
    org_id: Id
    member_id: Id | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class ConsentPage:
    items: tuple[ConsentView, ...]
    next_cursor: Cursor | None
