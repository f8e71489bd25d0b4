"""Receipts, the books, the exceptions list, and what dues tells others (BOOK-7)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import MAX_ORDER_LINES
from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Code,
    Count,
    Cursor,
    Id,
    Many,
    Money,
    Name,
    PageSize,
    Text,
    message,
)

# Receipts


@message
class ReceiptMonth:
    month: YearMonth
    amount_fen: Money


@message
class ReceiptView:
    """One for each beneficiary of an order; the number runs without gap by branch and year (BOOK-7)."""

    id: Id
    number: Annotated[str, Text(1, 40)]
    order_id: Id
    member_id: Id
    member_name: Name
    own: bool
    """Whether the caller is the beneficiary; else he is the one who paid."""
    payer_name: Name
    branch_name: Name
    county_name: Name
    months: Annotated[tuple[ReceiptMonth, ...], Many(1, MAX_ORDER_LINES)]
    amount_fen: Money
    amount_capitals: Annotated[str, Text(1, 80)]
    channel: Annotated[str, Text(1, 20)]
    issued_at: datetime
    check_code: Annotated[str, Text(16, 40)]
    simulated: bool
    void: bool
    extra_fen: Money = 0
    """Of the amount, what was given beyond the dues (PAY-6)."""
    collector_name: Annotated[str, Text(0, 60)] = ""
    """Who took the money where it was cash."""


@message
class ListReceipts:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class ReceiptPage:
    items: tuple[ReceiptView, ...]
    next_cursor: Cursor | None


@message
class CheckReceipt:
    code: Annotated[str, Text(16, 40, r"[0-9A-Za-z\-]+")]


@message
class ReceiptCheck:
    """What anybody with the code may see: that it is genuine, for whom shortened, how much, when."""

    number: Annotated[str, Text(1, 40)]
    name_masked: Name
    branch_name: Name
    county_name: Name
    first_month: YearMonth
    last_month: YearMonth
    months: Count
    amount_fen: Money
    issued_at: datetime
    simulated: bool
    void: bool
    extra_fen: Money = 0


# Books


class AccountKind(StrEnum):
    BRANCH_DUES_INCOME = "branch_dues_income"
    PROVIDER_CLEARING = "provider_clearing"
    CASH = "cash"
    REFUNDS_PAYABLE = "refunds_payable"
    SUSPENSE = "suspense"
    REMITTANCE = "remittance"
    VOLUNTARY_EXTRA = "voluntary_extra"
    BANK = "bank"
    REMITTANCE_RECEIVED = "remittance_received"
    SPENDING = "spending"
    PAID_OUT = "paid_out"


@message
class GetLedger:
    org_id: Id
    month: YearMonth | None = None
    """The month in which entries were booked; left out: since the beginning."""


@message
class AccountBalance:
    kind: AccountKind
    org_id: Id | None
    org_name: Annotated[str, Text(0, 60)]
    debit_fen: Money
    credit_fen: Money


@message
class LedgerView:
    """A trial balance: the sums of debit and credit are equal (BOOK-7)."""

    accounts: Annotated[tuple[AccountBalance, ...], Many(0, 2000)]
    debit_fen: Money
    credit_fen: Money
    balanced: bool


class ExceptionKind(StrEnum):
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    MERCHANT_DIFFERS = "merchant_differs"
    ORDER_UNKNOWN = "order_unknown"
    APP_DIFFERS = "app_differs"
    PAID_TWICE = "paid_twice"
    REFUND_FAILED = "refund_failed"


@message
class PaymentException:
    id: Id
    kind: ExceptionKind
    order_id: Id | None
    transaction_id: Annotated[str, Text(0, 64)]
    amount_fen: Money | None
    noticed_at: datetime


@message
class ListExceptions:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class ExceptionPage:
    items: tuple[PaymentException, ...]
    next_cursor: Cursor | None


# Events


@message
class OrderSettled:
    """Each beneficiary is told; the amount and months are his own affair, so there is one for each."""

    order_id: Id
    payer_member_id: Id
    member_id: Id
    months: Annotated[tuple[YearMonth, ...], Many(1, MAX_ORDER_LINES)]
    amount_fen: Money
    receipt_id: Id
    channel: Code = "wechat"
    """``cash``: somebody else entered it, so the payer is told as well."""


@message
class OrderRefunded:
    order_id: Id
    payer_member_id: Id
    amount_fen: Money
    reason: Code
    channel: Code = "wechat"
    """``cash``: handed back by two persons, so that the payer can compare."""
