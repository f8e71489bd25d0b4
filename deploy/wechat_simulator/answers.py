"""How WeChat speaks of an order and of a refund: the JSON of queries and the inside of notices."""

from __future__ import annotations

from typing import Any

from deploy.wechat_simulator.records import STATE_WORDS, Order, Refund, instant_text


def order_json(order: Order, *, app_id: str, merchant_id: str) -> dict[str, Any]:
    """A query's answer; for a paid order also what a payment notice holds."""
    answer: dict[str, Any] = {
        "appid": app_id,
        "mchid": merchant_id,
        "out_trade_no": order.order_no,
        "attach": order.request["attach"],
        "trade_state": order.state.value,
        "trade_state_desc": STATE_WORDS[order.state],
        "promotion_detail": [],
    }
    if order.paid_at is None:
        return answer | {"amount": {"total": order.total_fen, "payer_currency": "CNY"}, "payer": {}}
    return answer | {
        "transaction_id": order.transaction_id,
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": instant_text(order.paid_at),
        "payer": {"openid": order.payer_openid},
        "amount": {
            "total": order.paid_fen,
            "payer_total": order.paid_fen,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }


def refund_json(refund: Refund, order: Order) -> dict[str, Any]:
    """The answer to a refund and to a query of one."""
    answer: dict[str, Any] = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.order_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": instant_text(refund.created_at),
        "status": refund.status,
        "funds_account": "AVAILABLE",
        "amount": _refund_amount(refund, order) | {"settlement_refund": refund.refund_fen, "currency": "CNY"},
        "promotion_detail": [],
    }
    return answer | _finished(refund)


def refund_notice_json(refund: Refund, order: Order, *, merchant_id: str) -> dict[str, Any]:
    """The inside of a refund notice: other names than the answer's, and no currency, as at the real one."""
    return {
        "mchid": merchant_id,
        "out_trade_no": order.order_no,
        "transaction_id": order.transaction_id,
        "out_refund_no": refund.refund_no,
        "refund_id": refund.refund_id,
        "refund_status": refund.status,
        "user_received_account": "支付用户零钱",
        "amount": _refund_amount(refund, order),
    } | _finished(refund)


def _refund_amount(refund: Refund, order: Order) -> dict[str, int | None]:
    return {
        "total": order.paid_fen,
        "refund": refund.refund_fen,
        "payer_total": order.paid_fen,
        "payer_refund": refund.refund_fen,
    }


def _finished(refund: Refund) -> dict[str, str]:
    if refund.status != "SUCCESS" or refund.finished_at is None:
        return {}
    return {"success_time": instant_text(refund.finished_at)}
