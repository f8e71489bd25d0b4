"""Preparing and closing: what an order goes through besides being paid. Each is one transaction; WeChat is called before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.dues.domain.order_state import AWAITING_MONEY, OrderEvent, OrderState, move
from services.dues.orders import store
from services.dues.orders.settling import PaymentTold, settle
from services.dues.orders.views import order_view, own_order
from services.dues.providers.payments import PaymentState
from services.dues.storage.tables import orders

QUERY_WAITS_S = (5, 5, 10, 20, 40, 60, 120)
"""Between two questions to the provider about one order; the last one for ever after."""
DUE_BATCH = 50
"""Orders that one run of the query job takes."""


def query_wait(queries: int) -> timedelta:
    return timedelta(seconds=QUERY_WAITS_S[min(queries, len(QUERY_WAITS_S) - 1)])


def payable_order(work: Work, order_id: str) -> store.Order:
    """The caller's order if it can be paid now. Raises OrderNotPayable."""
    order = own_order(work, order_id)
    _require_payable(work, order)
    return order


def _require_payable(work: Work, order: store.Order) -> None:
    if order.channel != store.WECHAT:
        raise e.OrderNotPayable(state="cash")
    if order.state not in AWAITING_MONEY:
        raise e.OrderNotPayable(state=str(order.state))
    if order.expires_at <= work.now:
        raise e.OrderNotPayable(state="expired")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The provider's answer to the preparation, and what the phone needs of it."""

    order_id: str
    prepay_id: str
    parameters: m.JsapiParameters


def record_prepay(work: Work, prepared: Prepared) -> m.JsapiParameters:
    """Notes that the provider knows the order. Money that was faster has moved it on already: then nothing changes."""
    order = own_order(work, prepared.order_id, lock=True)
    if order.state is OrderState.CREATED:
        after = move(order.state, OrderEvent.PREPARED)
        assert isinstance(after, OrderState)
        first = work.now + query_wait(0)
        store.move_order(work.db, order.order_id, after, prepay_id=prepared.prepay_id, next_query_at=first, queries=0)
    elif order.state is not OrderState.PAYING:
        raise e.OrderNotPayable(state=str(order.state))
    return prepared.parameters


def closable_order(work: Work, order_id: str) -> store.Order:
    """The caller's order. A closed one may be asked for again; a paid one can't be closed, nor can cash that was handed over."""
    order = own_order(work, order_id)
    if order.channel != store.WECHAT:
        raise e.OrderNotClosable(state="cash")
    if order.state not in (*AWAITING_MONEY, OrderState.CLOSED):
        raise e.OrderNotClosable(state=str(order.state))
    return order


def close(work: Work, order_id: str) -> m.OrderView:
    """After the provider has closed it: the order is closed, its months are free again."""
    order = store.find_order(work.db, order_id=order_id, lock=True)
    if order is None:
        raise NotFound
    if order.state in AWAITING_MONEY:
        after = move(order.state, OrderEvent.CLOSED)
        assert isinstance(after, OrderState)
        store.move_order(work.db, order.order_id, after, next_query_at=None)
        store.release_lines(work.db, order.order_id)
    return _view(work, order_id)


@dataclass(frozen=True, slots=True)
class FasterPayment:
    order_id: str
    payment: PaymentState


def settle_instead(work: Work, faster: FasterPayment) -> m.OrderView:
    """The payer was faster than the wish to close: the order is paid."""
    settle(work, PaymentTold(faster.payment, "close"))
    return _view(work, faster.order_id)


def _view(work: Work, order_id: str) -> m.OrderView:
    order = store.find_order(work.db, order_id=order_id)
    if order is None:
        raise NotFound
    return order_view(work, order)


@dataclass(frozen=True, slots=True)
class DueOrder:
    order_id: str
    number: str
    expired: bool


def take_due_orders(work: Work, _: None) -> list[DueOrder]:
    """Orders whose payment is to be asked after now. Their next question is put off first, so that a crash asks again later
    and two processes never ask the same at once."""
    due = (
        sa.select(orders.c.order_id)
        .where(orders.c.next_query_at <= work.now, orders.c.state.in_([str(state) for state in AWAITING_MONEY]))
        .order_by(orders.c.next_query_at)
        .limit(DUE_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = work.db.execute(
        sa.select(orders.c.order_id, orders.c.number, orders.c.expires_at, orders.c.queries).where(
            orders.c.order_id.in_(due)
        )
    ).all()
    for row in rows:
        again = {"next_query_at": work.now + query_wait(row.queries + 1), "queries": row.queries + 1}
        work.db.execute(sa.update(orders).where(orders.c.order_id == row.order_id).values(**again))
    return [DueOrder(row.order_id, row.number, row.expires_at <= work.now) for row in rows]
