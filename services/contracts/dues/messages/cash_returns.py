"""Refunds of cash: handed back by one person with a signed voucher, confirmed by another (PAY-11, BOOK-3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import MAX_ORDER_LINES
from services.contracts.dues.messages.cash import MaybeName
from services.contracts.dues.messages.refunds import MaybeWords, RefundedLine
from services.contracts.wire import (
    DEFAULT_PAGE,
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

MAX_VOUCHER = 40
Voucher = Annotated[str, Text(1, MAX_VOUCHER, r"\S(.*\S)?")]
"""The number of the paper that the payer has signed, or of the bank's receipt."""


class ReturnSource(StrEnum):
    BOX = "box"
    """Out of the cash box of the branch that took it."""
    BANK = "bank"
    """By transfer from the county's account, where the branch's cash was brought."""


class CashReturnState(StrEnum):
    WAITING = "waiting"
    """Approved; the cash is to be handed back."""
    RECORDED = "recorded"
    RETURNED = "returned"


@message
class CashReturn:
    """An approved refund of cash. Until it is returned the months stay paid and the receipts are valid."""

    id: Id
    order_number: Annotated[str, Text(1, 32)]
    branch_id: Id
    branch_name: Name
    member_id: Id
    name: Name
    """Who paid, and gets the money."""
    state: CashReturnState
    amount_fen: Money
    lines: Annotated[tuple[RefundedLine, ...], Many(1, MAX_ORDER_LINES)]
    approved_at: datetime
    source: ReturnSource | None
    voucher: Annotated[str, Text(0, MAX_VOUCHER)]
    words: MaybeWords
    recorded_by_name: MaybeName
    recorded_at: datetime | None
    own: bool
    """Whether the caller recorded it: then another confirms."""
    to_me: bool
    """Whether the money is the caller's: then others see to it."""
    confirmed_by_name: MaybeName
    returned_at: datetime | None


@message
class ListCashReturns:
    """Of an organisation and all beneath it. ``returned`` false: what still is to be done, the longest waiting first."""

    org_id: Id
    returned: bool = False
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class CashReturnPage:
    items: tuple[CashReturn, ...]
    next_cursor: Cursor | None


@message
class RecordCashReturn:
    id: Id
    source: ReturnSource
    voucher: Voucher
    words: MaybeWords = ""


@message
class ReleaseCashReturn:
    """What was recorded is struck out: by whoever recorded it, or refused by another."""

    id: Id
    reason: Words


# Events


@message
class CashRefundApproved:
    """To who paid: his cash waits for him. His months stay paid until he has it."""

    order_id: Id
    refund_id: Id
    payer_member_id: Id
    amount_fen: Money
