"""Refunds that the provider could not send: tried again, or paid by hand, which one enters and another confirms (PAY-11)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.values import OrgPath
from services.dues.orders import refunds
from services.dues.orders import store as order_store
from services.dues.refunding import store
from services.dues.refunding.views import DECIDING, require_reach_over, standing_of
from services.dues.storage.tables import order_line, orders, organisation, refund, within

_ROW = sa.select(refund, orders.c.number.label("order_number")).join(orders, orders.c.order_id == refund.c.order_id)


def list_stuck_refunds(work: Work, request: m.ListStuckRefunds) -> m.StuckRefundPage:
    """The oldest first: those of orders of which no line lies outside the caller's reach."""
    after = key_of(request.cursor, parse_id)
    inside = sa.or_(*(within(organisation.c.path, path) for path in work.caller.paths(*DECIDING)))
    reached = sa.select(organisation.c.org_id).where(inside)
    beyond = sa.exists().where(order_line.c.order_id == refund.c.order_id, order_line.c.branch_id.not_in(reached))
    mine = sa.and_(refund.c.county_id == work.caller.county_id, refund.c.state == "abnormal", sa.not_(beyond))
    statement = _ROW.where(mine).order_by(refund.c.refund_id).limit(request.limit + 1)
    if after is not None:
        statement = statement.where(refund.c.refund_id > after[0])
    rows, next_cursor = cut(work.db.execute(statement).all(), request.limit, lambda row: (row.refund_id,))
    return m.StuckRefundPage(items=tuple(_view(work, row) for row in rows), next_cursor=next_cursor)


def retry_refund(work: Work, request: ById) -> m.StuckRefund:
    """The refund job asks the provider again under the same number; what was entered about paying by hand is void."""
    order, row = _stuck(work, request.id)
    clean = {"hand_words": None, "hand_by_account": None, "hand_at": None}
    refunds.note(work, row.refund_id, state="requested", next_try_at=work.now, **clean)
    _audit(work, "dues.refund_retried", order, row)
    return _again(work, row.refund_id)


def enter_hand_payment(work: Work, request: m.EnterHandPayment) -> m.StuckRefund:
    """Says how the money went back, for another to confirm; what was entered before is replaced."""
    order, row = _stuck(work, request.id)
    entered = {"hand_words": request.words, "hand_by_account": work.caller.account_id, "hand_at": work.now}
    refunds.note(work, row.refund_id, **entered)
    _audit(work, "dues.hand_payment_entered", order, row, request.words)
    return _again(work, row.refund_id)


def confirm_hand_payment(work: Work, request: ById) -> m.StuckRefund:
    """Another than entered it says that it is so: booked like a refund that the provider confirms."""
    order, row = _stuck(work, request.id)
    if row.hand_by_account is None:
        raise e.RefundNotStuck(state="nothing_entered")
    if work.caller.account_id == row.hand_by_account or work.caller.member_id == order.payer_id:
        raise e.RefundNeedsAnother
    refunds.confirm(work, order, row, hand_confirmed_by_account=work.caller.account_id)
    _audit(work, "dues.hand_payment_confirmed", order, row, row.hand_words)
    return _again(work, row.refund_id)


def _stuck(work: Work, refund_id: str) -> tuple[order_store.Order, Any]:
    """The order locked, and its refund as it stands then."""
    order_id = work.db.scalar(sa.select(refund.c.order_id).where(refund.c.refund_id == refund_id))
    order = order_store.find_order(work.db, order_id=order_id, lock=True) if order_id else None
    if order is None:
        raise NotFound
    require_reach_over(work, order_store.lines_of(work.db, order.order_id, order.payer_id), *DECIDING)
    row = work.db.execute(sa.select(refund).where(refund.c.refund_id == refund_id)).one()
    if row.state != "abnormal":
        raise e.RefundNotStuck(state=row.state)
    return order, row


def _audit(work: Work, action: str, order: order_store.Order, row: Any, words: str = "") -> None:
    first, *_ = order_store.lines_of(work.db, order.order_id, order.payer_id)
    path: OrgPath = store.paths_of(work.db, [first.branch_id])[first.branch_id]
    work.audit(action, "refund", row.refund_id, path=path, about_member_id=order.payer_id, purpose=words)


def _again(work: Work, refund_id: str) -> m.StuckRefund:
    return _view(work, work.db.execute(_ROW.where(refund.c.refund_id == refund_id)).one())


def _view(work: Work, row: Any) -> m.StuckRefund:
    return m.StuckRefund(
        id=row.refund_id,
        number=row.number,
        order_number=row.order_number,
        amount_fen=row.amount_fen,
        late=row.refund_request_id is None,
        standing=standing_of(row.state),
        asked_at=row.asked_at,
        hand_words=row.hand_words or "",
        hand_at=row.hand_at,
        own=row.hand_by_account == work.caller.account_id,
    )
