"""What a merchant may ask and in which form: the checks that WeChat makes before it looks at any order.

Pure. Raises ``WechatRefusal`` with the codes of WeChat's own pages; sentences are ours.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from deploy.wechat_simulator.records import WechatRefusal, read_instant

MAX_DESCRIPTION = 127
MAX_ATTACH = 128
MAX_URL = 255
MAX_REASON = 80
MAX_FEN = 10**10
ORDER_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}", re.ASCII)
OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)


def read_json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise parameter_error("body")
    return value


def parameter_error(name: str) -> WechatRefusal:
    return WechatRefusal(400, "PARAM_ERROR", f"参数错误：{name}")


def check_merchant(message: dict[str, Any], *, app_id: str | None, merchant_id: str) -> None:
    """Whether the message is in the merchant's own name."""
    if message.get("mchid") != merchant_id:
        raise WechatRefusal(400, "MCH_NOT_EXISTS", "商户号不存在")
    if app_id is not None and message.get("appid") != app_id:
        raise WechatRefusal(400, "APPID_MCHID_NOT_MATCH", "appid 与商户号不匹配")


def prepay_request(message: dict[str, Any]) -> dict[str, Any]:
    """The fields of a JSAPI prepay that count when the same number comes again."""
    order_no, description = message.get("out_trade_no"), message.get("description")
    if not isinstance(order_no, str) or ORDER_NO.fullmatch(order_no) is None:
        raise parameter_error("out_trade_no")
    if not isinstance(description, str) or not 1 <= len(description) <= MAX_DESCRIPTION:
        raise parameter_error("description")
    openid = _object(message, "payer").get("openid")
    if not isinstance(openid, str) or OPENID.fullmatch(openid) is None:
        raise parameter_error("payer.openid")
    amount = _object(message, "amount")
    attach = message.get("attach", "")
    if not isinstance(attach, str) or len(attach) > MAX_ATTACH:
        raise parameter_error("attach")
    return {
        "out_trade_no": order_no,
        "description": description,
        "attach": attach,
        "notify_url": _url(message, "notify_url"),
        "time_expire": _expiry(message),
        "amount": {"total": _fen(amount, "total"), "currency": _currency(amount, default="CNY")},
        "payer": {"openid": openid},
    }


def refund_request(message: dict[str, Any]) -> dict[str, Any]:
    """The fields of a refund that count when the same number comes again."""
    refund_no = message.get("out_refund_no")
    if not isinstance(refund_no, str) or REFUND_NO.fullmatch(refund_no) is None:
        raise parameter_error("out_refund_no")
    transaction_id, order_no = message.get("transaction_id"), message.get("out_trade_no")
    if not (isinstance(transaction_id, str) or isinstance(order_no, str)):
        raise parameter_error("transaction_id, out_trade_no")
    reason = message.get("reason", "")
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        raise parameter_error("reason")
    amount = _object(message, "amount")
    return {
        "out_refund_no": refund_no,
        "transaction_id": transaction_id,
        "out_trade_no": order_no,
        "reason": reason,
        "notify_url": _url(message, "notify_url") if "notify_url" in message else None,
        "amount": {
            "refund": _fen(amount, "refund"),
            "total": _fen(amount, "total"),
            "currency": _currency(amount, default=None),
        },
    }


def _object(message: dict[str, Any], name: str) -> dict[str, Any]:
    value = message.get(name)
    if not isinstance(value, dict):
        raise parameter_error(name)
    return value


def _fen(amount: dict[str, Any], name: str) -> int:
    value = amount.get(name)
    if type(value) is not int or not 1 <= value <= MAX_FEN:
        raise parameter_error(f"amount.{name}")
    return value


def _currency(amount: dict[str, Any], *, default: str | None) -> str:
    value = amount.get("currency", default)
    if value != "CNY":
        raise parameter_error("amount.currency")
    return "CNY"


def _url(message: dict[str, Any], name: str) -> str:
    """The real one insists on https; a simulator on one machine does not."""
    value = message.get(name)
    if not isinstance(value, str) or len(value) > MAX_URL:
        raise parameter_error(name)
    try:
        address = urlsplit(value)
    except ValueError:
        raise parameter_error(name) from None
    if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
        raise parameter_error(name)
    return value


def _expiry(message: dict[str, Any]) -> str | None:
    value = message.get("time_expire")
    if value is None:
        return None
    try:
        read_instant(value)
    except (TypeError, ValueError):
        raise parameter_error("time_expire") from None
    return str(value)
