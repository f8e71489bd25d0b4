"""What the bank remembers: orders, refunds, notices, users. Plain values and how WeChat writes an instant.

Instants are aware and in UTC; amounts are integer fen.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
PREPAY_LIFE = timedelta(hours=2)
MAX_REFUNDS_PER_ORDER = 50


class WechatRefusal(Exception):
    """An answer of 4xx as WeChat gives it: status, code, sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message


class OrderState(StrEnum):
    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


STATE_WORDS = {
    OrderState.NOTPAY: "订单未支付",
    OrderState.SUCCESS: "支付成功",
    OrderState.REFUND: "转入退款",
    OrderState.CLOSED: "已关闭",
}


@dataclass(slots=True)
class Order:
    """One merchant order. ``paid_fen`` differs from ``total_fen`` only under the fault ``wrong_amount``."""

    order_no: str
    request: dict[str, Any]
    total_fen: int
    payer_openid: str
    notify_url: str
    opened_at: datetime
    expires_at: datetime | None
    prepay_id: str
    prepay_at: datetime
    state: OrderState = OrderState.NOTPAY
    closed_at: datetime | None = None
    transaction_id: str | None = None
    paid_fen: int | None = None
    paid_at: datetime | None = None
    refunds: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Refund:
    refund_no: str
    refund_id: str
    order_no: str
    request: dict[str, Any]
    refund_fen: int
    notify_url: str | None
    created_at: datetime
    status: str = "PROCESSING"
    finished_at: datetime | None = None


@dataclass(slots=True)
class Notice:
    """A message that the merchant must confirm. ``number`` is an order's or a refund's, after ``subject``."""

    notice_id: str
    subject: str
    number: str
    order_no: str
    url: str
    created_at: datetime
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    openid: str
    name: str
    note: str = ""


def openid_of(app_id: str, name: str) -> str:
    """The same person has the same openid in one app, and another in another, as at the real one."""
    digest = hashlib.sha256(f"{app_id}\n{name}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def instant_text(moment: datetime) -> str:
    """As WeChat writes instants: RFC 3339 to the second on China's clock."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def read_instant(text: str) -> datetime:
    """Raises ValueError for text without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return moment.astimezone(UTC)
