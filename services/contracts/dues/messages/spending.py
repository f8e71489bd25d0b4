"""Spending of dues in the classes of BOOK-4: entries with their two persons, what was spent, what is available."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.months import Office, PersonName
from services.contracts.dues.messages.reports import MAX_SPENDING_CLASSES, SpendingClass, SpentOnClass, Year
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
    SignedMoney,
    Text,
    Whole,
    Words,
    message,
)


class SpendingState(StrEnum):
    RECORDED = "recorded"
    """Waits for another person; nothing is booked."""
    APPROVED = "approved"
    REFUSED = "refused"
    REVERSED = "reversed"
    """Was approved and is taken back by a reversing posting."""


_SAID = r"\S(.*\S)?"
Payee = Annotated[str, Text(1, 60, _SAID)]
Purpose = Annotated[str, Text(2, 200, r"\S([\s\S]*\S)?")]
"""May have several lines."""
VoucherNumber = Annotated[str, Text(1, 40, _SAID)]
DecidingBody = Annotated[str, Text(2, 60, _SAID)]


@message
class RecordSpending:
    org_id: Id
    spending_class: SpendingClass
    amount_fen: Annotated[int, Whole(1, 10**12)]
    spent_on: date
    payee: Payee
    purpose: Purpose
    voucher_number: VoucherNumber
    deciding_body: DecidingBody
    """Which body decided on it, such as a committee's meeting."""
    decided_on: date


@message
class AnswerSpending:
    """A refusal, or the reversal of an approved entry."""

    id: Id
    reason: Words


@message
class SpendingView:
    id: Id
    org_id: Id
    org_name: Name
    spending_class: SpendingClass
    amount_fen: Money
    spent_on: date
    payee: Payee
    purpose: Purpose
    voucher_number: VoucherNumber
    deciding_body: DecidingBody
    decided_on: date
    state: SpendingState
    year: Year
    """In which it counts: of the month in which it was booked, before that of its day."""
    booked_month: YearMonth | None
    recorded_by: Office
    recorded_by_name: PersonName
    recorded_by_me: bool
    recorded_at: datetime
    answered_by: Office
    answered_by_name: PersonName
    answered_at: datetime | None
    reversed_by: Office
    reversed_by_name: PersonName
    reversed_at: datetime | None
    reason: Annotated[str, Text(0, 500)]
    """Of the refusal or the reversal."""


@message
class ListSpending:
    """Entries of an organisation and all beneath it, newest first."""

    org_id: Id
    year: Year | None = None
    spending_class: SpendingClass | None = None
    state: SpendingState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class SpendingPage:
    items: tuple[SpendingView, ...]
    next_cursor: Cursor | None


@message
class GetSpendingSummary:
    org_id: Id
    year: Year


@message
class SpendingSummary:
    """What an organisation and all beneath it spent in a year, and what it may still spend itself."""

    year: Year
    by_class: Annotated[tuple[SpentOnClass, ...], Many(0, MAX_SPENDING_CLASSES)]
    """Each class, also where nothing was spent."""
    spent_fen: SignedMoney
    waiting: Count
    """Entries of whatever year that nobody has answered, and their sum."""
    waiting_fen: Money
    keeps_nothing: bool
    """A branch: what it takes in goes up whole (BOOK-2)."""
    held_fen: Money
    """Arrived at the organisation and neither passed up nor spent."""
    set_aside_fen: Money
    """Of what arrived, the share of the city."""
    given_back_fen: Money
    """Sent back beneath after it had been passed up."""
    available_fen: Money
    """What is left of ``held_fen`` without the other two."""
    county_share: Annotated[int, Whole(0, 10_000)] | None
    """Basis points that the county passes up; None: not set, and nothing is set aside."""
