"""The bank: takes money that does not exist under the rules of the real one, and remembers what it took.

Owns the books, their journal and the one lock around both; each change is written down before it is seen. Knows no HTTP.
Who must hear of a payment or a refund is told through ``on_notice``; what must happen later through ``later``.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from deploy.wechat_simulator.faults import Faults
from deploy.wechat_simulator.journal import Journal
from deploy.wechat_simulator.records import (
    MAX_REFUNDS_PER_ORDER,
    PREPAY_LIFE,
    SHANGHAI,
    Notice,
    Order,
    OrderState,
    Refund,
    User,
    WechatRefusal,
    openid_of,
)
from deploy.wechat_simulator.state import Books, Event

REFUND_TAKES = timedelta(minutes=1)
"""Real time; the time factor shortens it. The real one takes minutes for change and days for bank cards."""

MIN_EXPIRY = timedelta(minutes=1)
MAX_USERS = 5_000
MAX_ORDERS = 2_000_000
MAX_PAGE = 500

Later = Callable[[timedelta, Callable[[], None]], None]


class Bank:
    def __init__(
        self, app_id: str, journal: Journal, faults: Faults, *, time_factor: Fraction, now: Callable[[], datetime]
    ) -> None:
        self._app_id = app_id
        self._refund_takes = REFUND_TAKES * float(time_factor)
        self._journal = journal
        self._faults = faults
        self._now = now
        self._lock = threading.RLock()
        self._books = Books()
        self.on_notice: Callable[[Notice], None] = lambda _notice: None
        self.later: Later = lambda _wait, _action: None
        for event in journal.read():
            self._books.apply(event)

    def resume(self) -> list[Notice]:
        """Takes up what a stop interrupted: refunds under way; the notices that nobody confirmed are returned."""
        with self._lock:
            for refund in self._books.refunds.values():
                if refund.status == "PROCESSING":
                    self._finish_later(refund.refund_no)
            return list(self._books.open_notices.values())

    def open_order(self, request: dict[str, Any]) -> Order:
        """A prepay. The same number with the same values gives the same order. Raises WechatRefusal."""
        with self._lock:
            now = self._now()
            order = self._books.orders.get(request["out_trade_no"])
            if order is None:
                if len(self._books.orders) >= MAX_ORDERS:
                    raise WechatRefusal(429, "FREQUENCY_LIMITED", "模拟器的订单数已到上限")
                self._write(
                    "order_opened", order_no=request["out_trade_no"], request=request, prepay_id=_prepay_id(now)
                )
                return self._books.orders[request["out_trade_no"]]
            if order.state is not OrderState.NOTPAY:
                raise WechatRefusal(403, "OUT_TRADE_NO_USED", "商户订单号已使用")
            if order.request != request:
                raise WechatRefusal(400, "INVALID_REQUEST", "同一商户订单号的参数与首次下单不一致")
            if now - order.prepay_at >= PREPAY_LIFE:
                self._write("prepay_renewed", order_no=order.order_no, prepay_id=_prepay_id(now))
            return order

    def find_order(self, order_no: str) -> Order | None:
        with self._lock:
            return self._books.orders.get(order_no)

    def get_order(self, order_no: str) -> Order:
        return _known(self.find_order(order_no))

    def get_order_by_transaction(self, transaction_id: str) -> Order:
        with self._lock:
            return _known(self._books.orders.get(self._books.orders_by_transaction.get(transaction_id, "")))

    def get_order_by_prepay(self, prepay_id: str) -> Order:
        with self._lock:
            order = self._books.orders.get(self._books.orders_by_prepay.get(prepay_id, ""))
            if order is None:
                raise WechatRefusal(404, "ORDER_NOT_EXIST", "预支付交易会话不存在")
            if order.prepay_id != prepay_id or self._now() - order.prepay_at >= PREPAY_LIFE:
                raise WechatRefusal(400, "PREPAY_EXPIRED", "预支付交易会话已失效，请重新下单")
            return order

    def pay(self, order_no: str, *, late: bool = False) -> Order:
        """The payer pays. ``late``: his bank said yes before the order was closed and says so only now.

        Raises WechatRefusal when the order cannot be paid (any more).
        """
        with self._lock:
            order = self.get_order(order_no)
            now = self._now()
            if order.state in (OrderState.SUCCESS, OrderState.REFUND):
                raise WechatRefusal(400, "ORDERPAID", "该订单已支付")
            if order.state is OrderState.CLOSED and not late:
                raise WechatRefusal(400, "ORDER_CLOSED", "该订单已关闭")
            if not late and order.expires_at is not None and now > max(order.expires_at, order.opened_at + MIN_EXPIRY):
                raise WechatRefusal(400, "ORDER_EXPIRED", "该订单已过支付时间")
            wrong = self._faults.take("wrong_amount", order_no=order_no)
            paid_fen = max(1, order.total_fen + (wrong.number("delta_fen") if wrong else 0))
            transaction_id = f"4200{secrets.randbelow(10**6):06d}{now.astimezone(SHANGHAI):%Y%m%d}{_digits(10)}"
            self._write("order_paid", order_no=order_no, transaction_id=transaction_id, paid_fen=paid_fen)
            self._open_notice("payment", order.order_no, order.order_no, order.notify_url)
            return order

    def close(self, order_no: str) -> None:
        """Raises WechatRefusal for an order that is paid, closed or unknown."""
        with self._lock:
            order = self.get_order(order_no)
            if order.state in (OrderState.SUCCESS, OrderState.REFUND):
                raise WechatRefusal(400, "ORDERPAID", "该订单已支付")
            if order.state is OrderState.CLOSED:
                raise WechatRefusal(400, "ORDER_CLOSED", "该订单已关闭")
            self._write("order_closed", order_no=order_no)
            late = self._faults.take("late_success", order_no=order_no)
            if late is not None:
                self.later(timedelta(seconds=late.number("seconds")), lambda: self._pay_late(order_no))

    def request_refund(self, request: dict[str, Any]) -> Refund:
        """Money back. The same number with the same values is one refund. Raises WechatRefusal."""
        with self._lock:
            known = self._books.refunds.get(request["out_refund_no"])
            if known is not None:
                if known.request != request:
                    raise WechatRefusal(400, "INVALID_REQUEST", "同一商户退款单号的参数与首次申请不一致")
                return known
            order = self._order_to_refund(request)
            refused = self._faults.take("refund_refused", order_no=order.order_no)
            if refused is not None:
                raise WechatRefusal(403, refused.text("code"), "模拟的退款拒绝")
            refund_id = f"503{_digits(6)}{self._now().astimezone(SHANGHAI):%Y%m%d}{_digits(11)}"
            refund_no = request["out_refund_no"]
            self._write(
                "refund_requested", refund_no=refund_no, refund_id=refund_id, order_no=order.order_no, request=request
            )
            self._finish_later(refund_no)
            return self._books.refunds[refund_no]

    def get_refund(self, refund_no: str) -> Refund:
        with self._lock:
            refund = self._books.refunds.get(refund_no)
            if refund is None:
                raise WechatRefusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
            return refund

    def get_notice(self, notice_id: str) -> Notice:
        with self._lock:
            return self._books.notices[notice_id]

    def end_notice(self, notice_id: str, outcome: str) -> None:
        with self._lock:
            if self._books.notices[notice_id].outcome is None:
                self._write("notice_ended", notice_id=notice_id, outcome=outcome)

    def notices_of(self, order_no: str) -> list[Notice]:
        with self._lock:
            return [notice for notice in self._books.notices.values() if notice.order_no == order_no]

    def taken(self, *, after: str = "", limit: int = MAX_PAGE) -> list[Order]:
        """Paid orders by number: what a reconciliation compares with."""
        with self._lock:
            paid = sorted(no for no, order in self._books.orders.items() if order.paid_at is not None and no > after)
            return [self._books.orders[no] for no in paid[: min(limit, MAX_PAGE)]]

    def day_of(self, day: date) -> tuple[list[Order], list[Refund]]:
        """What was paid and what was sent back on a day of China's calendar, in order of time."""
        with self._lock:
            orders = [order for order in self._books.orders.values() if order.paid_at and _day(order.paid_at) == day]
            refunds = [refund for refund in self._books.refunds.values() if _day(refund.created_at) == day]
        return sorted(orders, key=_paid_at), sorted(refunds, key=lambda refund: refund.created_at)

    def users(self) -> list[User]:
        with self._lock:
            return sorted(self._books.users.values(), key=lambda user: user.name)

    def find_user(self, openid: str) -> User | None:
        with self._lock:
            return self._books.users.get(openid)

    def add_user(self, name: str, *, openid: str | None = None, note: str = "") -> User:
        """The same name is the same person. Raises WechatRefusal when there are too many."""
        with self._lock:
            openid = openid or openid_of(self._app_id, name)
            user = self._books.users.get(openid)
            if user is None or (user.name, user.note) != (name, note or user.note):
                if user is None and len(self._books.users) >= MAX_USERS:
                    raise WechatRefusal(429, "FREQUENCY_LIMITED", "模拟用户数已到上限")
                self._write("user_added", openid=openid, name=name, note=note or (user.note if user else ""))
            return self._books.users[openid]

    def _order_to_refund(self, request: dict[str, Any]) -> Order:
        if request["transaction_id"] is not None:
            order_no = self._books.orders_by_transaction.get(request["transaction_id"], "")
        else:
            order_no = request["out_trade_no"]
        order = self._books.orders.get(order_no)
        if order is None:
            raise WechatRefusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        if order.paid_fen is None:
            raise WechatRefusal(400, "INVALID_REQUEST", "订单未支付，不能退款")
        if request["amount"]["total"] != order.paid_fen:
            raise WechatRefusal(400, "INVALID_REQUEST", "原订单金额与请求不一致")
        if len(order.refunds) >= MAX_REFUNDS_PER_ORDER:
            raise WechatRefusal(400, "INVALID_REQUEST", "退款次数超过上限")
        returned = sum(_counting(self._books.refunds[number] for number in order.refunds))
        if returned + request["amount"]["refund"] > order.paid_fen:
            raise WechatRefusal(400, "INVALID_REQUEST", "退款金额超过可退金额")
        return order

    def _finish_later(self, refund_no: str) -> None:
        self.later(self._refund_takes, lambda: self._finish_refund(refund_no))

    def _finish_refund(self, refund_no: str) -> None:
        with self._lock:
            refund = self._books.refunds[refund_no]
            if refund.status != "PROCESSING":
                return
            abnormal = self._faults.take("refund_abnormal", order_no=refund.order_no)
            self._write("refund_finished", refund_no=refund_no, status="ABNORMAL" if abnormal else "SUCCESS")
            if refund.notify_url:
                self._open_notice("refund", refund_no, refund.order_no, refund.notify_url)

    def _pay_late(self, order_no: str) -> None:
        self.pay(order_no, late=True)

    def _open_notice(self, subject: str, number: str, order_no: str, url: str) -> None:
        notice_id = f"EV-{self._now().astimezone(SHANGHAI):%Y%m%d%H%M%S}{secrets.token_hex(5)}"
        self._write("notice_opened", notice_id=notice_id, subject=subject, number=number, order_no=order_no, url=url)
        self.on_notice(self._books.notices[notice_id])

    def _write(self, kind: str, **values: Any) -> None:
        event: Event = {"kind": kind, "at": self._now().isoformat(), **values}
        self._journal.append(event)
        self._books.apply(event)


def system_now() -> datetime:
    return datetime.now(UTC)


def _known(order: Order | None) -> Order:
    if order is None:
        raise WechatRefusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def _counting(refunds: Iterable[Refund]) -> Iterable[int]:
    """An abnormal refund gave nothing back, but its money stays set aside until a person acts, as at the real one."""
    return (refund.refund_fen for refund in refunds if refund.status != "CLOSED")


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _paid_at(order: Order) -> datetime:
    return order.paid_at or order.opened_at


def _prepay_id(now: datetime) -> str:
    return f"wx{now.astimezone(SHANGHAI):%d%H%M%S}{secrets.token_hex(13)}"


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"
