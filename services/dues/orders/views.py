"""Orders as the payer sees them. Only the payer does: for anybody else an order is not there."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from services.chassis.access import member_of
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.dues.domain.order import OrderLine
from services.dues.orders import store
from services.dues.storage.tables import order_line, orders, receipt


def own_order(work: Work, order_id: str, *, lock: bool = False) -> store.Order:
    """The caller's order. Raises NotFound alike for what is absent and what is another's."""
    order = store.find_order(work.db, order_id=order_id, lock=lock)
    if order is None or order.payer_id != member_of(work.caller):
        raise NotFound
    return order


def order_view(work: Work, order: store.Order) -> m.OrderView:
    lines = store.lines_of(work.db, order.order_id, order.payer_id)
    receipts = work.db.scalars(
        sa.select(receipt.c.receipt_id)
        .where(receipt.c.order_id == order.order_id, sa.not_(receipt.c.void))
        .order_by(receipt.c.receipt_id)
    )
    return m.OrderView(
        id=order.order_id,
        number=order.number,
        state=m.OrderState(order.state.value),
        total_fen=order.total_fen,
        lines=line_views(work, lines),
        created_at=order.created_at,
        expires_at=order.expires_at,
        settled_at=order.settled_at,
        receipt_ids=tuple(receipts),
        version=order.version,
        extra_fen=order.extra_fen,
        channel=m.OrderChannel(order.channel),
    )


def line_views(work: Work, lines: Sequence[OrderLine]) -> tuple[m.OrderLine, ...]:
    names = store.names_of(work.db, [line.member_id for line in lines])
    return tuple(
        m.OrderLine(
            member_id=line.member_id,
            name=names[line.member_id],
            month=line.month,
            amount_fen=line.amount_fen,
            own=not line.on_behalf,
        )
        for line in lines
    )


def get_order(work: Work, request: ById) -> m.OrderView:
    return order_view(work, own_order(work, request.id))


def list_orders(work: Work, request: m.ListOrders) -> m.OrderPage:
    """The caller's orders, newest first (their ids are in the order of time)."""
    after = key_of(request.cursor, parse_id)
    people = sa.func.count(sa.distinct(order_line.c.member_id)).label("people")
    statement = (
        sa.select(orders, people, sa.func.count().label("months"))
        .join(order_line, order_line.c.order_id == orders.c.order_id)
        .where(orders.c.payer_id == member_of(work.caller))
        .group_by(orders.c.order_id)
        .order_by(orders.c.order_id.desc())
        .limit(request.limit + 1)
    )
    if after is not None:
        statement = statement.where(orders.c.order_id < after[0])
    rows, next_cursor = cut(work.db.execute(statement).all(), request.limit, lambda row: (row.order_id,))
    return m.OrderPage(
        items=tuple(
            m.OrderSummary(
                id=row.order_id,
                number=row.number,
                state=m.OrderState(row.state),
                total_fen=row.total_fen,
                people=row.people,
                months=row.months,
                created_at=row.created_at,
                channel=m.OrderChannel(row.channel),
            )
            for row in rows
        ),
        next_cursor=next_cursor,
    )
