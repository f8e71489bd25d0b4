"""The bank's books in memory: how each journal event changes them, and nothing about when an event may happen.

The same ``apply`` runs when an event is written and when the journal is read back, so a restart ends in the same books.
Not locked: ``Bank`` holds the lock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from deploy.wechat_simulator.records import Notice, Order, OrderState, Refund, User, read_instant

Event = dict[str, Any]


class Books:
    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.orders_by_prepay: dict[str, str] = {}
        self.orders_by_transaction: dict[str, str] = {}
        self.refunds: dict[str, Refund] = {}
        self.notices: dict[str, Notice] = {}
        self.open_notices: dict[str, Notice] = {}
        self.users: dict[str, User] = {}
        self._handlers: dict[str, Callable[[Event, datetime], None]] = {
            "order_opened": self._order_opened,
            "prepay_renewed": self._prepay_renewed,
            "order_paid": self._order_paid,
            "order_closed": self._order_closed,
            "refund_requested": self._refund_requested,
            "refund_finished": self._refund_finished,
            "notice_opened": self._notice_opened,
            "notice_ended": self._notice_ended,
            "user_added": self._user_added,
        }

    def apply(self, event: Event) -> None:
        """Raises KeyError or ValueError for an event that no simulator wrote."""
        self._handlers[event["kind"]](event, read_instant(event["at"]))

    def _order_opened(self, event: Event, at: datetime) -> None:
        request = event["request"]
        expires = request.get("time_expire")
        self.orders[event["order_no"]] = Order(
            order_no=event["order_no"],
            request=request,
            total_fen=request["amount"]["total"],
            payer_openid=request["payer"]["openid"],
            notify_url=request["notify_url"],
            opened_at=at,
            expires_at=read_instant(expires) if expires else None,
            prepay_id=event["prepay_id"],
            prepay_at=at,
        )
        self.orders_by_prepay[event["prepay_id"]] = event["order_no"]

    def _prepay_renewed(self, event: Event, at: datetime) -> None:
        order = self.orders[event["order_no"]]
        order.prepay_id, order.prepay_at = event["prepay_id"], at
        self.orders_by_prepay[event["prepay_id"]] = order.order_no

    def _order_paid(self, event: Event, at: datetime) -> None:
        order = self.orders[event["order_no"]]
        order.state = OrderState.SUCCESS
        order.transaction_id = event["transaction_id"]
        order.paid_fen, order.paid_at = event["paid_fen"], at
        self.orders_by_transaction[event["transaction_id"]] = order.order_no

    def _order_closed(self, event: Event, at: datetime) -> None:
        order = self.orders[event["order_no"]]
        order.state, order.closed_at = OrderState.CLOSED, at

    def _refund_requested(self, event: Event, at: datetime) -> None:
        request = event["request"]
        order = self.orders[event["order_no"]]
        self.refunds[event["refund_no"]] = Refund(
            refund_no=event["refund_no"],
            refund_id=event["refund_id"],
            order_no=order.order_no,
            request=request,
            refund_fen=request["amount"]["refund"],
            notify_url=request.get("notify_url"),
            created_at=at,
        )
        order.refunds.append(event["refund_no"])
        order.state = OrderState.REFUND

    def _refund_finished(self, event: Event, at: datetime) -> None:
        refund = self.refunds[event["refund_no"]]
        refund.status, refund.finished_at = event["status"], at

    def _notice_opened(self, event: Event, at: datetime) -> None:
        notice = Notice(event["notice_id"], event["subject"], event["number"], event["order_no"], event["url"], at)
        self.notices[notice.notice_id] = notice
        self.open_notices[notice.notice_id] = notice

    def _notice_ended(self, event: Event, _at: datetime) -> None:
        self.notices[event["notice_id"]].outcome = event["outcome"]
        self.open_notices.pop(event["notice_id"], None)

    def _user_added(self, event: Event, _at: datetime) -> None:
        self.users[event["openid"]] = User(event["openid"], event["name"], event.get("note", ""))
