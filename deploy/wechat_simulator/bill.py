"""The trade bill of one day in WeChat's own columns: what reconciliation compares the ledger with.

Amounts are written in yuan with two places, each field behind a backtick, as the real file has them. The simulated
merchant pays no fee.
"""

from __future__ import annotations

from datetime import datetime

from deploy.wechat_simulator.records import SHANGHAI, Order, Refund

COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTAL_COLUMNS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
NO_FEE, RATE = "0.00000", "0.00%"
REFUND_WORDS = {"PROCESSING": "PROCESSING", "SUCCESS": "SUCCESS", "CLOSED": "FAIL", "ABNORMAL": "CHANGE"}
BILL_TYPES = ("ALL", "SUCCESS", "REFUND")


def trade_bill(
    orders: list[Order], refunds: list[tuple[Refund, Order]], *, app_id: str, merchant_id: str, bill_type: str
) -> str:
    """The whole file. ``SUCCESS`` and ``REFUND`` keep the columns of ``ALL`` here and leave out the other rows."""
    paid = orders if bill_type in ("ALL", "SUCCESS") else []
    returned = refunds if bill_type in ("ALL", "REFUND") else []
    rows = [_payment_row(order, app_id, merchant_id) for order in paid]
    rows += [_refund_row(refund, order, app_id, merchant_id) for refund, order in returned]
    total_paid = sum(order.paid_fen or 0 for order in paid)
    total_returned = sum(refund.refund_fen for refund, _order in returned)
    totals = (
        str(len(rows)),
        yuan(total_paid),
        yuan(total_returned),
        yuan(0),
        NO_FEE,
        yuan(total_paid),
        yuan(total_returned),
    )
    lines = [COLUMNS, *(_line(row) for row in sorted(rows)), TOTAL_COLUMNS, _line(totals)]
    return "\r\n".join(lines) + "\r\n"


def yuan(amount_fen: int) -> str:
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def _payment_row(order: Order, app_id: str, merchant_id: str) -> tuple[str, ...]:
    paid_fen = order.paid_fen or 0
    return (
        *_who(order, order.paid_at or order.opened_at, app_id, merchant_id),
        "SUCCESS",
        "OTHERS",
        "CNY",
        yuan(paid_fen),
        yuan(0),
        "0",
        "0",
        yuan(0),
        yuan(0),
        "",
        "",
        *_what(order),
        yuan(paid_fen),
        yuan(0),
        "",
    )


def _refund_row(refund: Refund, order: Order, app_id: str, merchant_id: str) -> tuple[str, ...]:
    return (
        *_who(order, refund.created_at, app_id, merchant_id),
        "REFUND",
        "OTHERS",
        "CNY",
        yuan(0),
        yuan(0),
        refund.refund_id,
        refund.refund_no,
        yuan(refund.refund_fen),
        yuan(0),
        "ORIGINAL",
        REFUND_WORDS[refund.status],
        *_what(order),
        yuan(0),
        yuan(refund.refund_fen),
        "",
    )


def _who(order: Order, moment: datetime, app_id: str, merchant_id: str) -> tuple[str, ...]:
    return (
        _clock(moment),
        app_id,
        merchant_id,
        "0",
        "",
        order.transaction_id or "",
        order.order_no,
        order.payer_openid,
        "JSAPI",
    )


def _what(order: Order) -> tuple[str, ...]:
    return (_escaped(order.request["description"]), _escaped(order.request["attach"]), NO_FEE, RATE)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _escaped(text: str) -> str:
    """Commas and line ends of the merchant's own texts are written as a backslash form, so a split by commas is safe."""
    return text.replace("\\", "\\\\").replace(",", "\\ ").replace("\r", "\\r").replace("\n", "\\n")


def _line(fields: tuple[str, ...]) -> str:
    return ",".join(f"`{field}" for field in fields)
