"""WeChat Pay's JSON on one side, the port's values on the other.

Pure translation. Owns the names of WeChat's fields; decides nothing and believes nothing: what must be an integer, an
instant or a known word is checked, and ``Malformed`` is raised where it is not. What does not agree with the merchant's
own configuration becomes a ``Difference``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis.clock import parse_instant, shanghai
from services.dues.providers.payments import (
    CURRENCY,
    Difference,
    DifferenceKind,
    PaymentState,
    PaymentStatus,
    PrepayRequest,
    RefundRequest,
    RefundState,
    RefundStatus,
)

MAX_DESCRIPTION_CHARACTERS = 127
MAX_REASON_CHARACTERS = 80
MAX_URL_CHARACTERS = 255
MAX_TEXT_CHARACTERS = 256
MAX_AMOUNT_FEN = 10**12
"""Far above anything payable; keeps a hostile number out of the database's integers."""

_ORDER_NO = re.compile(r"[0-9A-Za-z_-]{6,32}", re.ASCII)
_REFUND_NO = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)

_PAYMENT_STATUS = {
    "NOTPAY": PaymentStatus.NOT_PAID,
    "USERPAYING": PaymentStatus.PAYING,
    "ACCEPT": PaymentStatus.PAYING,
    "SUCCESS": PaymentStatus.SUCCEEDED,
    "PAYERROR": PaymentStatus.FAILED,
    "CLOSED": PaymentStatus.CLOSED,
    "REVOKED": PaymentStatus.CLOSED,
    "REFUND": PaymentStatus.REFUNDED,
}
_REFUND_STATUS = {
    "PROCESSING": RefundStatus.PROCESSING,
    "SUCCESS": RefundStatus.SUCCEEDED,
    "CLOSED": RefundStatus.CLOSED,
    "ABNORMAL": RefundStatus.ABNORMAL,
}


class Malformed(Exception):
    """A proven message of WeChat Pay lacks what it must have, or has it in a form that we do not know."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are at WeChat Pay: what every statement about our money must name."""

    app_id: str
    merchant_id: str


def check_order_no(order_no: str) -> str:
    if _ORDER_NO.fullmatch(order_no) is None:
        raise ValueError("an order number has 6 to 32 letters, digits, - or _")
    return order_no


def check_refund_no(refund_no: str) -> str:
    if _REFUND_NO.fullmatch(refund_no) is None:
        raise ValueError("a refund number has 1 to 64 letters, digits, - or _")
    return refund_no


def prepay_body(merchant: Merchant, request: PrepayRequest) -> dict[str, Any]:
    """The body of a JSAPI prepay. Raises ValueError for a request that WeChat could never accept."""
    if _OPENID.fullmatch(request.payer_openid) is None:
        raise ValueError("the payer has no usable openid")
    if not 1 <= len(request.description) <= MAX_DESCRIPTION_CHARACTERS:
        raise ValueError(f"a description has 1 to {MAX_DESCRIPTION_CHARACTERS} characters")
    return {
        "appid": merchant.app_id,
        "mchid": merchant.merchant_id,
        "description": request.description,
        "out_trade_no": check_order_no(request.order_no),
        "time_expire": _instant_text(request.expires_at),
        "notify_url": _notify_url(request.notify_url),
        "amount": {"total": _positive(request.amount_fen), "currency": CURRENCY},
        "payer": {"openid": request.payer_openid},
    }


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """The body of a refund. Raises ValueError for a request that WeChat could never accept."""
    if not 1 <= len(request.reason) <= MAX_REASON_CHARACTERS:
        raise ValueError(f"a reason has 1 to {MAX_REASON_CHARACTERS} characters")
    if request.refund_fen > request.order_fen:
        raise ValueError("a refund is never more than the order")
    return {
        "out_trade_no": check_order_no(request.order_no),
        "out_refund_no": check_refund_no(request.refund_no),
        "reason": request.reason,
        "notify_url": _notify_url(request.notify_url),
        "amount": {
            "refund": _positive(request.refund_fen),
            "total": _positive(request.order_fen),
            "currency": CURRENCY,
        },
    }


def payment_state(merchant: Merchant, message: Mapping[str, Any]) -> PaymentState:
    """From a query's answer or the inside of a payment notice. Raises Malformed."""
    status = _PAYMENT_STATUS.get(_text(message, "trade_state"))
    if status is None:
        raise Malformed("trade_state")
    was_paid = status in (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED)
    amount = _object(message, "amount", needed=was_paid)
    payer = _object(message, "payer", needed=False)
    differences = [
        *_difference(DifferenceKind.MERCHANT, merchant.merchant_id, _text(message, "mchid")),
        *_difference(DifferenceKind.APP, merchant.app_id, _text(message, "appid")),
    ]
    if was_paid:
        differences += _difference(DifferenceKind.CURRENCY, CURRENCY, _text(amount, "currency"))
    return PaymentState(
        order_no=_text(message, "out_trade_no"),
        status=status,
        transaction_id=_text(message, "transaction_id") if was_paid else None,
        amount_fen=_fen(amount, "total") if "total" in amount or was_paid else None,
        payer_openid=_text(payer, "openid") if payer.get("openid") else None,
        succeeded_at=_instant(message, "success_time") if was_paid else None,
        differences=tuple(differences),
    )


def refund_state(merchant: Merchant, message: Mapping[str, Any], *, status_field: str) -> RefundState:
    """From a refund's answer (``status``) or a refund notice (``refund_status``). Raises Malformed.

    WeChat names the merchant only in the notice and the currency only in the answer; what is named must agree.
    """
    status = _REFUND_STATUS.get(_text(message, status_field))
    if status is None:
        raise Malformed(status_field)
    amount = _object(message, "amount", needed=True)
    differences = [
        *_difference(DifferenceKind.MERCHANT, merchant.merchant_id, _named(message, "mchid", merchant.merchant_id)),
        *_difference(DifferenceKind.CURRENCY, CURRENCY, _named(amount, "currency", CURRENCY)),
    ]
    return RefundState(
        refund_no=_text(message, "out_refund_no"),
        refund_id=_text(message, "refund_id"),
        order_no=_text(message, "out_trade_no"),
        transaction_id=_text(message, "transaction_id"),
        status=status,
        refund_fen=_fen(amount, "refund"),
        order_fen=_fen(amount, "total"),
        succeeded_at=_instant(message, "success_time") if status is RefundStatus.SUCCEEDED else None,
        differences=tuple(differences),
    )


def text_of(message: Mapping[str, Any], name: str) -> str:
    """A text that must be there. Raises Malformed."""
    return _text(message, name)


def instant_of(message: Mapping[str, Any], name: str) -> datetime:
    """An instant that must be there, in UTC. Raises Malformed."""
    return _instant(message, name)


def _difference(kind: DifferenceKind, expected: str, found: str) -> list[Difference]:
    return [] if found == expected else [Difference(kind, expected, found)]


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    # What is not printable, a lone surrogate or a zero byte, is in no name of WeChat's, and no database could keep it.
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARACTERS or not value.isprintable():
        raise Malformed(name)
    return value


def _named(message: Mapping[str, Any], name: str, unnamed: str) -> str:
    """A text that need not be there."""
    return _text(message, name) if name in message else unnamed


def _object(message: Mapping[str, Any], name: str, *, needed: bool) -> Mapping[str, Any]:
    value = message.get(name)
    if value is None and not needed:
        return {}
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def _fen(amount: Mapping[str, Any], name: str) -> int:
    value = amount.get(name)
    # bool is an int in Python and a float is never money, so the type itself is asked for.
    if type(value) is not int or not 0 <= value <= MAX_AMOUNT_FEN:
        raise Malformed(name)
    return value


def _instant(message: Mapping[str, Any], name: str) -> datetime:
    try:
        return parse_instant(_text(message, name))
    except ValueError:
        raise Malformed(name) from None


def _instant_text(moment: datetime) -> str:
    """RFC 3339 to the second on China's clock, as WeChat shows it. Raises ValueError without a zone."""
    return shanghai(moment).isoformat(timespec="seconds")


def _notify_url(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "?" in url or len(url) > MAX_URL_CHARACTERS:
        raise ValueError("a notice address is absolute, without a query, and short")
    return url


def _positive(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= MAX_AMOUNT_FEN:
        raise ValueError("an amount is a positive number of fen")
    return amount_fen
