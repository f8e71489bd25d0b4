"""Requests for refunds as people see them: the payer his own, an officer those whose lines all lie in his reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.values import YearMonth
from services.dues.domain.order import OrderLine
from services.dues.domain.order_state import OrderState
from services.dues.domain.refund import MAX_REQUESTS_PER_ORDER, LineStanding
from services.dues.orders import store as order_store
from services.dues.orders.views import own_order
from services.dues.refunding import store
from services.dues.storage.refunds import refund_line, refund_request
from services.dues.storage.tables import member, order_line, orders, organisation, refund, within

ENTERING = (Role.BRANCH_ADMIN, Role.FINANCE)
"""Who asks for a payer who can't."""
DECIDING = (Role.COUNTY_ADMIN, Role.FINANCE)
SEEING = (Role.BRANCH_ADMIN, Role.FINANCE, Role.COUNTY_ADMIN)
_WITH_MONEY = (OrderState.SUCCEEDED, OrderState.REFUND_REQUESTED, OrderState.REFUNDED)


def require_reach_over(work: Work, lines: Sequence[OrderLine], *roles: Role) -> None:
    """Every line's branch is in reach: a part of an order is nobody's to decide for the whole. Raises NotFound."""
    paths = store.paths_of(work.db, [line.branch_id for line in lines])
    if not lines:
        raise NotFound
    for line in lines:
        require_reach(work.caller, paths.get(line.branch_id), *roles)


def list_order_refunds(work: Work, request: ById) -> m.OrderRefunds:
    """Of one of the caller's own orders."""
    order = own_order(work, request.id)
    chosen = sa.select(refund_request.c.refund_request_id).where(refund_request.c.order_id == order.order_id)
    newest = chosen.order_by(refund_request.c.refund_request_id.desc()).limit(MAX_REQUESTS_PER_ORDER)
    asked = list(work.db.scalars(newest))
    lines = store.lines_with_standing(work.db, order) if order.state in _WITH_MONEY else []
    is_late = order.state is not OrderState.SUCCEEDED and not asked
    return m.OrderRefunds(
        lines=() if is_late else refundable(work, lines),
        requests=tuple(request_views(work, asked)),
        promised_fen=store.paid_order(work.db, order).promised_fen,
        channel=m.OrderChannel(order.channel),
    )


def refundable(work: Work, lines: Sequence[tuple[OrderLine, LineStanding]]) -> tuple[m.RefundableLine, ...]:
    names = order_store.names_of(work.db, [line.member_id for line, _ in lines])
    return tuple(
        m.RefundableLine(
            member_id=line.member_id,
            name=names[line.member_id],
            month=line.month,
            amount_fen=line.amount_fen,
            state=m.RefundableState(standing.value),
        )
        for line, standing in lines
    )


def find_paid_order(work: Work, request: m.FindPaidOrder) -> m.PaidOrder:
    """For an officer who has the order's number from the payer: the lines of his branches. Raises NotFound for none."""
    order = order_store.find_order(work.db, number=request.number)
    if order is None or order.state not in _WITH_MONEY or order.settled_at is None:
        raise NotFound
    lines = store.lines_with_standing(work.db, order)
    paths = store.paths_of(work.db, [line.branch_id for line, _ in lines])
    own = [each for each in lines if work.caller.reaches(paths[each[0].branch_id], *ENTERING)]
    if not own:
        raise NotFound
    path = paths[own[0][0].branch_id]
    work.audit("dues.paid_order_found", "order", order.order_id, path=path, about_member_id=own[0][0].member_id)
    return m.PaidOrder(
        order_id=order.order_id,
        number=order.number,
        settled_at=order.settled_at,
        lines=refundable(work, own),
        channel=m.OrderChannel(order.channel),
    )


def list_refund_requests(work: Work, request: m.ListRefundRequests) -> m.RefundRequestPage:
    """Those of whose lines none lies outside the caller's reach, the longest waiting first."""
    after = key_of(request.cursor, parse_id)
    c = refund_request.c
    seen = sa.and_(c.county_id == work.caller.county_id, sa.not_(_line_beyond(work)))
    statement = sa.select(c.refund_request_id).where(seen).order_by(c.refund_request_id).limit(request.limit + 1)
    if request.waiting is not None:
        statement = statement.where((c.state == "waiting") == request.waiting)
    if request.waiting is not True:
        statement = statement.order_by(None).order_by(c.refund_request_id.desc())
    if after is not None:
        newest_first = request.waiting is not True
        statement = statement.where(c.refund_request_id < after[0] if newest_first else c.refund_request_id > after[0])
    rows, next_cursor = cut(work.db.execute(statement).all(), request.limit, lambda row: (row.refund_request_id,))
    waiting = sa.select(sa.func.count()).select_from(refund_request).where(seen, c.state == "waiting")
    return m.RefundRequestPage(
        items=tuple(request_views(work, [row.refund_request_id for row in rows])),
        next_cursor=next_cursor,
        waiting=int(work.db.scalar(waiting) or 0),
    )


def _line_beyond(work: Work) -> sa.ColumnElement[bool]:
    """Whether a request has a line of a branch outside the caller's reach."""
    paths = work.caller.paths(*SEEING)
    inside = sa.or_(*(within(organisation.c.path, path) for path in paths)) if paths else sa.false()
    reached = sa.select(organisation.c.org_id).where(inside)
    return sa.exists().where(
        refund_line.c.refund_request_id == refund_request.c.refund_request_id,
        order_line.c.order_id == refund_line.c.order_id,
        order_line.c.line_no == refund_line.c.line_no,
        order_line.c.branch_id.not_in(reached),
    )


def request_views(work: Work, request_ids: Sequence[str]) -> list[m.RefundRequestView]:
    """In the order asked for."""
    rows = work.db.execute(
        sa.select(
            refund_request,
            orders.c.number.label("order_number"),
            orders.c.channel.label("order_channel"),
            refund.c.hand_voucher,
            refund.c.hand_by_name,
            refund.c.hand_confirmed_by_name,
            refund.c.state.label("refund_state"),
            refund.c.succeeded_at,
            refund.c.hand_confirmed_by_account,
        )
        .join(orders, orders.c.order_id == refund_request.c.order_id)
        .outerjoin(refund, refund.c.refund_request_id == refund_request.c.refund_request_id)
        .where(refund_request.c.refund_request_id.in_(request_ids))
    )
    by_id = {row.refund_request_id: row for row in rows}
    lines = lines_by_request(work, request_ids)
    return [_view(work, by_id[request_id], lines[request_id]) for request_id in request_ids]


def lines_by_request(work: Work, request_ids: Sequence[str]) -> dict[str, list[m.RefundedLine]]:
    """The lines of each request with the names of those they were paid for."""
    rows = work.db.execute(
        sa.select(refund_line.c.refund_request_id, order_line, member.c.name)
        .join(
            order_line,
            sa.and_(order_line.c.order_id == refund_line.c.order_id, order_line.c.line_no == refund_line.c.line_no),
        )
        .join(member, member.c.member_id == order_line.c.member_id)
        .where(refund_line.c.refund_request_id.in_(request_ids))
        .order_by(refund_line.c.refund_request_id, refund_line.c.line_no)
    )
    found: dict[str, list[m.RefundedLine]] = {}
    for row in rows:
        line = m.RefundedLine(
            member_id=row.member_id,
            name=row.name,
            month=YearMonth.from_number(row.month),
            amount_fen=row.amount_fen,
        )
        found.setdefault(row.refund_request_id, []).append(line)
    return found


_NO_REFUND = {
    "waiting": m.RefundStanding.WAITING,
    "refused": m.RefundStanding.REFUSED,
    "withdrawn": m.RefundStanding.WITHDRAWN,
}
"""Requests of which nothing has come."""
_STANDINGS = {
    "requested": m.RefundStanding.SENDING,
    "processing": m.RefundStanding.SENDING,
    "succeeded": m.RefundStanding.SENT,
    "abnormal": m.RefundStanding.STUCK,
}


def standing_of(refund_state: str, channel: str = order_store.WECHAT) -> m.RefundStanding:
    """Of a refund, by whichever way its money goes back."""
    if channel == order_store.CASH and refund_state != "succeeded":
        return m.RefundStanding.APPROVED
    return _STANDINGS[refund_state]


def _view(work: Work, row: Any, lines: Sequence[m.RefundedLine]) -> m.RefundRequestView:
    returned = row.hand_confirmed_by_account is not None and row.order_channel == order_store.CASH
    return m.RefundRequestView(
        id=row.refund_request_id,
        order_id=row.order_id,
        order_number=row.order_number,
        standing=_NO_REFUND.get(row.state) or standing_of(row.refund_state, row.order_channel),
        amount_fen=row.amount_fen,
        lines=tuple(lines),
        reason=m.RefundReason(row.reason),
        words=row.words,
        by_payer=row.by_payer,
        own=row.asked_by_account == work.caller.account_id,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decided_words=row.decided_words or "",
        sent_at=row.succeeded_at,
        by_hand=row.hand_confirmed_by_account is not None,
        channel=m.OrderChannel(row.order_channel),
        voucher=row.hand_voucher if returned else "",
        recorded_by_name=row.hand_by_name if returned else "",
        confirmed_by_name=row.hand_confirmed_by_name if returned else "",
    )
