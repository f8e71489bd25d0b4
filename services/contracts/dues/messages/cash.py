"""Cash that a branch takes and a second person confirms, its way to the bank, extras for the centre (PAY-2, PAY-5, PAY-6)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import MAX_ORDER_LINES, MAX_PEOPLE
from services.contracts.dues.messages.orders import ExtraMoney, WishedLine
from services.contracts.dues.messages.owed import OwedMonth
from services.contracts.members.messages import MemberClass
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

SlipNumber = Annotated[str, Text(4, 40, r"[0-9A-Za-z](-?[0-9A-Za-z]){3,39}")]
"""The number of a bank's cash deposit slip; kept without the dashes, in capitals."""
CentreReceipt = Annotated[str, Text(2, 60, r"\S(.*\S)?")]
MaybeName = Annotated[str, Text(0, 60)]

# Taking


@message
class ListCashPayers:
    org_id: Id
    """The branch that takes the cash."""
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class CashPayer:
    """A member with the months that the branch may take cash for: amounts, never a base."""

    member_id: Id
    name: Name
    owed_fen: Money
    months: Annotated[tuple[OwedMonth, ...], Many(0, 60)]
    ahead: Annotated[tuple[OwedMonth, ...], Many(0, 12)]


@message
class CashPayerPage:
    items: tuple[CashPayer, ...]
    next_cursor: Cursor | None


@message
class CashExtra:
    """What a member gives of his own free will beside his dues (PAY-6)."""

    member_id: Id
    amount_fen: ExtraMoney


@message
class TakeCash:
    """Each member pays for himself: an organisation is never the payer (PAY-5)."""

    org_id: Id
    lines: Annotated[tuple[WishedLine, ...], Many(1, MAX_ORDER_LINES)]
    extras: Annotated[tuple[CashExtra, ...], Many(0, MAX_PEOPLE)] = ()
    expected_total_fen: Money
    """The cash as counted; the server works the sum out anew and refuses when it differs (PAY-10)."""


class CashTakingState(StrEnum):
    WAITING = "waiting"
    """For the second person. The months are reserved, nothing is booked."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@message
class CashTaking:
    id: Id
    branch_id: Id
    branch_name: Name
    state: CashTakingState
    total_fen: Money
    extra_fen: Money
    """Of the total, what is given beyond the dues."""
    people: Count
    months: Count
    own: bool
    """Whether the caller took it: then another must confirm it."""
    taken_by_name: Name
    taken_at: datetime
    decided_by_name: MaybeName
    decided_at: datetime | None
    reason: Annotated[str, Text(0, 500)]


@message
class ListCashTakings:
    org_id: Id
    state: CashTakingState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class CashTakingPage:
    items: tuple[CashTaking, ...]
    next_cursor: Cursor | None


@message
class CashMonth:
    month: YearMonth
    amount_fen: Money


@message
class CashPerson:
    member_id: Id
    name: Name
    months: Annotated[tuple[CashMonth, ...], Many(1, MAX_ORDER_LINES)]
    extra_fen: Money
    total_fen: Money
    order_number: Annotated[str, Text(0, 32)] = ""
    """By which an officer finds it to enter a refund."""


@message
class CashTakingView:
    taking: CashTaking
    persons: Annotated[tuple[CashPerson, ...], Many(1, MAX_PEOPLE)]


@message
class ReleaseCash:
    id: Id
    reason: Words


# Handing in


@message
class CashOnHand:
    """A branch's cash that has not reached the bank account yet."""

    branch_id: Id
    branch_name: Name
    held_fen: Money
    """What the books say is in the branch's hands."""
    promised_fen: Money
    """Of that: handed in and not yet found on the bank's statement, or recorded as handed back and not yet confirmed."""
    since: datetime
    """When the oldest of it was taken."""
    days: Count


@message
class ListCashOnHand:
    org_id: Id
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class CashOnHandPage:
    """The longest in hand first."""

    items: tuple[CashOnHand, ...]
    next_cursor: Cursor | None


@message
class HandInCash:
    org_id: Id
    amount_fen: Money
    banked_on: date
    slip_number: SlipNumber


class CashDepositState(StrEnum):
    HANDED_IN = "handed_in"
    CONFIRMED = "confirmed"
    DIFFERS = "differs"
    """The bank's statement says otherwise. Nothing is booked; the branch withdraws it and enters it rightly."""
    WITHDRAWN = "withdrawn"


@message
class CashDeposit:
    id: Id
    branch_id: Id
    branch_name: Name
    state: CashDepositState
    amount_fen: Money
    banked_on: date
    slip_number: SlipNumber
    own: bool
    handed_in_by_name: Name
    handed_in_at: datetime
    statement_fen: Money | None
    statement_slip: Annotated[str, Text(0, 40)]
    decided_by_name: MaybeName
    decided_at: datetime | None
    reason: Annotated[str, Text(0, 500)]


@message
class ListCashDeposits:
    org_id: Id
    state: CashDepositState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class CashDepositPage:
    items: tuple[CashDeposit, ...]
    next_cursor: Cursor | None


@message
class MatchCashDeposit:
    """The line of the bank's statement that this deposit is held against."""

    id: Id
    statement_fen: Money
    statement_slip: SlipNumber


@message
class WithdrawCashDeposit:
    id: Id
    reason: Words


# Extras that go whole to the centre


class CentreExtraState(StrEnum):
    COLLECTED = "collected"
    PASSED_ON = "passed_on"
    RECEIPTED = "receipted"
    """The centre's own receipt has come."""


@message
class CentreExtra:
    """One extra of 1000 yuan or more, with the member's short particulars (PAY-6)."""

    id: Id
    member_name: Name
    branch_name: Name
    member_class: MemberClass
    amount_fen: Money
    paid_on: date
    state: CentreExtraState
    passed_on_at: datetime | None
    centre_receipt: Annotated[str, Text(0, 60)]
    receipted_at: datetime | None


@message
class ListCentreExtras:
    org_id: Id
    state: CentreExtraState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class CentreExtraPage:
    items: tuple[CentreExtra, ...]
    next_cursor: Cursor | None


@message
class EnterCentreReceipt:
    id: Id
    number: CentreReceipt
