"""Refunds of paid orders: asked for line by line, decided by another, and what the provider could not send (PAY-11)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import MAX_ORDER_LINES
from services.contracts.dues.messages.orders import OrderChannel, WishedLine
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

MAX_REFUND_REQUESTS = 100
"""Of one order, those refused and taken back among them."""
MaybeWords = Annotated[str, Text(0, 500)]


class RefundReason(StrEnum):
    PAID_BY_MISTAKE = "paid_by_mistake"
    PAID_ELSEWHERE = "paid_elsewhere"
    NOT_OWED = "not_owed"
    AMOUNT_WRONG = "amount_wrong"
    OTHER = "other"


class RefundStanding(StrEnum):
    """How a refund stands, from the wish to the money."""

    WAITING = "waiting"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by whoever asked, before anybody had decided."""
    APPROVED = "approved"
    """Cash that is to be handed back: until it is, the months stay paid."""
    SENDING = "sending"
    SENT = "sent"
    STUCK = "stuck"
    """The provider could not send it: a person does."""


class RefundableState(StrEnum):
    PAID = "paid"
    ASKED = "asked"
    APPROVED = "approved"
    """To be handed back in cash."""
    REFUNDED = "refunded"


@message
class RefundableLine:
    """A line of a paid order, and whether its money may still be asked back."""

    member_id: Id
    name: Name
    month: YearMonth
    amount_fen: Money
    state: RefundableState


@message
class RefundedLine:
    member_id: Id
    name: Name
    month: YearMonth
    amount_fen: Money


@message
class AskRefund:
    """Whole lines; all of them is the whole order."""

    order_id: Id
    lines: Annotated[tuple[WishedLine, ...], Many(1, MAX_ORDER_LINES)]
    reason: RefundReason
    words: MaybeWords = ""
    """Needed for a reason that is on no list."""


@message
class RefundRequestView:
    id: Id
    order_id: Id
    order_number: Annotated[str, Text(1, 32)]
    standing: RefundStanding
    amount_fen: Money
    lines: Annotated[tuple[RefundedLine, ...], Many(1, MAX_ORDER_LINES)]
    reason: RefundReason
    words: MaybeWords
    by_payer: bool
    own: bool
    """Whether the caller asked: then another decides."""
    asked_at: datetime
    decided_at: datetime | None
    decided_words: MaybeWords
    sent_at: datetime | None
    by_hand: bool
    channel: OrderChannel = OrderChannel.WECHAT
    """By which way the money goes back: the one by which it came."""
    voucher: Annotated[str, Text(0, 40)] = ""
    """Of cash that was handed back: the paper that its payer signed, and the two who stand for it."""
    recorded_by_name: Annotated[str, Text(0, 60)] = ""
    confirmed_by_name: Annotated[str, Text(0, 60)] = ""


@message
class OrderRefunds:
    """What of an order may be asked back, and what was."""

    lines: Annotated[tuple[RefundableLine, ...], Many(0, MAX_ORDER_LINES)]
    """Empty while the order has no money to give back."""
    requests: Annotated[tuple[RefundRequestView, ...], Many(0, MAX_REFUND_REQUESTS)]
    promised_fen: Money
    channel: OrderChannel = OrderChannel.WECHAT


@message
class FindPaidOrder:
    number: Annotated[str, Text(32, 32, r"[0-9a-f]+")]
    """As WeChat Pay shows it to the payer; of cash, as the taking tells it."""


@message
class PaidOrder:
    """A paid order as an officer sees it: the lines of his own branches, without the payer."""

    order_id: Id
    number: Annotated[str, Text(1, 32)]
    settled_at: datetime
    lines: Annotated[tuple[RefundableLine, ...], Many(1, MAX_ORDER_LINES)]
    channel: OrderChannel = OrderChannel.WECHAT


@message
class ListRefundRequests:
    waiting: bool | None = None
    """Only those that wait for a decision, or only those that do not."""
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class RefundRequestPage:
    items: tuple[RefundRequestView, ...]
    next_cursor: Cursor | None
    waiting: Count
    """Of all that the caller may see."""


@message
class ApproveRefund:
    id: Id
    words: MaybeWords = ""


@message
class RefuseRefund:
    id: Id
    words: Words


@message
class StuckRefund:
    """A refund that the provider could not send, and what somebody has entered about paying it by hand."""

    id: Id
    number: Annotated[str, Text(1, 32)]
    order_number: Annotated[str, Text(1, 32)]
    amount_fen: Money
    late: bool
    """Of money that came after its order was closed; else somebody asked for it."""
    standing: RefundStanding
    asked_at: datetime
    hand_words: MaybeWords
    hand_at: datetime | None
    own: bool
    """Whether the caller entered it: then another confirms."""


@message
class ListStuckRefunds:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class StuckRefundPage:
    items: tuple[StuckRefund, ...]
    next_cursor: Cursor | None


@message
class EnterHandPayment:
    id: Id
    words: Words
    """How the money went back, with what proves it."""


# Events


@message
class RefundApproved:
    """One for each beneficiary: his months are open again, the money goes to the payer."""

    order_id: Id
    refund_id: Id
    payer_member_id: Id
    member_id: Id
    months: Annotated[tuple[YearMonth, ...], Many(1, MAX_ORDER_LINES)]
    amount_fen: Money


@message
class RefundRefused:
    """The words stand at the order, not here."""

    order_id: Id
    refund_request_id: Id
    payer_member_id: Id
    amount_fen: Money
