"""What a member is told by the platform: his inbox (PAY-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Code,
    Cursor,
    Id,
    Many,
    Money,
    PageSize,
    Whole,
    message,
)

MAX_NOTICE_MONTHS = 240
"""No order holds more lines than this, so no notice tells of more months."""
MOST_COUNTED = 100
"""Unread notices are counted up to here; this figure stands for itself and for all above: the page shows 99+."""

PAID_FOR_YOU = "paid_for_you"
"""Somebody else paid the reader's dues: ``months``, ``amount_fen``, and the receipt in his name."""
MONTH_REOPENED = "month_reopened"
"""Money for the reader's dues went back to who paid it: ``months`` are due again."""
REFUND_REFUSED = "refund_refused"
REFUND_SENT = "refund_sent"
"""To who paid, of ``amount_fen``, with the order."""
CASH_REFUND_READY = "cash_refund_ready"
CASH_RETURNED = "cash_returned"
"""The same of cash: it waits to be handed back; two persons say that it was."""

DUES_REMINDER = "dues_reminder"
"""The reader's branch reminds him of dues: ``months`` that are late, ``amount_fen`` for all of them (ARR-1)."""

CASH_CONFIRMED = "cash_confirmed"
"""Cash was recorded in the reader's name by two persons of his branch: what ``PAID_FOR_YOU`` has."""

RECEIPT = "receipt"
ORDER = "order"


@message
class NoticeReference:
    """What a notice leads to, such as a receipt; the service that owns it decides who may see it."""

    kind: Code
    id: Id


@message
class NoticeView:
    """One thing told. The sentence is the pages' affair, keyed by ``kind``: an open list, which later parts add to."""

    id: Id
    kind: Code
    told_at: datetime
    read: bool
    months: Annotated[tuple[YearMonth, ...], Many(0, MAX_NOTICE_MONTHS)]
    amount_fen: Money | None
    reference: NoticeReference | None


UnreadCount = Annotated[int, Whole(0, MOST_COUNTED)]


@message
class ListNotices:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class NoticePage:
    items: tuple[NoticeView, ...]
    next_cursor: Cursor | None
    unread: UnreadCount
    """Of all notices, not only of this page."""


@message
class ReadNotices:
    up_to_id: Id
    """A notice of the reader's own: it and all older ones are read."""


@message
class NoticesRead:
    unread: UnreadCount
