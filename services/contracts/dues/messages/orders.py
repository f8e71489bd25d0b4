"""Orders, their payment, and the notices of WeChat Pay (PAY-9, PAY-10)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import MAX_ORDER_LINES, MAX_PEOPLE
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
    Whole,
    message,
)

# Orders

MAX_EXTRA_FEN = 10_000_000
"""A hundred thousand yuan in one payment: beyond that a slip of the finger is likelier than a gift."""
ExtraMoney = Annotated[int, Whole(1, MAX_EXTRA_FEN)]
"""What is given of free will beyond the dues (PAY-6)."""


class OrderChannel(StrEnum):
    """How an order is paid."""

    WECHAT = "wechat"
    CASH = "cash"
    """Handed to the branch's administrator; a second person confirms it."""


class OrderState(StrEnum):
    CREATED = "created"
    PAYING = "paying"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    FAILED = "failed"
    LATE_PAID = "late_paid"
    REFUND_REQUESTED = "refund_requested"
    REFUNDED = "refunded"


@message
class WishedLine:
    member_id: Id
    month: YearMonth


@message
class PlaceOrder:
    lines: Annotated[tuple[WishedLine, ...], Many(1, MAX_ORDER_LINES)]
    expected_total_fen: Money
    """What the payer saw; the server works it out anew and refuses when it differs (PAY-10)."""
    extra_fen: Annotated[int, Whole(0, MAX_EXTRA_FEN)] = 0
    """Of the total, what the payer gives beyond his own dues (PAY-6); needs a month of his own in the order."""


@message
class OrderLine:
    member_id: Id
    name: Name
    month: YearMonth
    amount_fen: Money
    own: bool


@message
class OrderView:
    id: Id
    number: Annotated[str, Text(1, 32)]
    """What WeChat Pay shows as the merchant's order number."""
    state: OrderState
    total_fen: Money
    lines: Annotated[tuple[OrderLine, ...], Many(1, MAX_ORDER_LINES)]
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    receipt_ids: Annotated[tuple[Id, ...], Many(0, MAX_PEOPLE)]
    version: Count
    extra_fen: Money = 0
    """Of the total, what is given beyond the dues."""
    channel: OrderChannel = OrderChannel.WECHAT


@message
class ListOrders:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class OrderSummary:
    id: Id
    number: Annotated[str, Text(1, 32)]
    state: OrderState
    total_fen: Money
    people: Count
    months: Count
    created_at: datetime
    channel: OrderChannel = OrderChannel.WECHAT


@message
class OrderPage:
    items: tuple[OrderSummary, ...]
    next_cursor: Cursor | None


@message
class PreparePayment:
    order_id: Id
    payer_openid: Annotated[str, Text(0, 128)]
    """The payer's WeChat identity, put in by the gateway from the members service; empty when none is bound."""


@message
class JsapiParameters:
    """What the phone hands to WeChat's bridge (WeChat Pay APIv3, JSAPI), and nothing else."""

    app_id: Annotated[str, Text(1, 64)]
    time_stamp: Annotated[str, Text(1, 16)]
    nonce_str: Annotated[str, Text(1, 64)]
    package: Annotated[str, Text(1, 200)]
    sign_type: Annotated[str, Text(1, 16)]
    pay_sign: Annotated[str, Text(1, 1000)]


@message
class AcceptNotice:
    """A notice of WeChat Pay as it came: headers by lower-case name, the body's bytes as base64."""

    headers: Annotated[dict[str, Annotated[str, Text(0, 2000)]], Many(0, 40)]
    body_base64: Annotated[str, Text(0, 90_000)]


class NoticeOutcome(StrEnum):
    STORED = "stored"
    """Proven and kept; it is settled within a second."""
    SETTLED = "settled"
    ALREADY_KNOWN = "already_known"
    LATE = "late"
    EXCEPTION = "exception"
    IGNORED = "ignored"


@message
class NoticeResult:
    outcome: NoticeOutcome
