"""Refunds of cash as the offices that reach the branch see them: to be handed back, recorded, returned. Never a base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.dues.cash.places import READERS, path_in_reach
from services.dues.domain import cash_return as rules
from services.dues.domain.cash_return import ReturnState
from services.dues.orders import store as order_store
from services.dues.refunding.views import lines_by_request
from services.dues.storage.tables import member, of_branch_beneath, orders, organisation, refund

_ROW = (
    sa.select(
        refund,
        orders.c.number.label("order_number"),
        orders.c.payer_id,
        member.c.name.label("payer_name"),
        organisation.c.name.label("branch_name"),
    )
    .join(orders, orders.c.order_id == refund.c.order_id)
    .join(member, member.c.member_id == orders.c.payer_id)
    .join(organisation, organisation.c.org_id == refund.c.branch_id)
    .where(refund.c.channel == order_store.CASH)
)


def list_cash_returns(work: Work, request: m.ListCashReturns) -> m.CashReturnPage:
    """Of an organisation and all beneath it: what is to be done, the longest waiting first, or what is done, newest first."""
    path = path_in_reach(work, request.org_id, *READERS)
    c = refund.c
    statement = _ROW.where(of_branch_beneath(c.branch_id, path), (c.state == "succeeded") == request.returned)
    after = key_of(request.cursor, parse_id)
    if after is not None:
        statement = statement.where(c.refund_id < after[0] if request.returned else c.refund_id > after[0])
    ordered = statement.order_by(c.refund_id.desc() if request.returned else c.refund_id).limit(request.limit + 1)
    rows, following = cut(work.db.execute(ordered).all(), request.limit, lambda row: (row.refund_id,))
    return m.CashReturnPage(items=_views(work, rows), next_cursor=following)


def return_view(work: Work, refund_id: str) -> m.CashReturn:
    """Whether the caller may see it is asked before."""
    return _views(work, work.db.execute(_ROW.where(refund.c.refund_id == refund_id)).all())[0]


def state_of(row: Any) -> ReturnState:
    """Of a refund's row."""
    return rules.state_of(recorded=row.hand_by_account is not None, confirmed=row.hand_confirmed_by_account is not None)


def _views(work: Work, rows: Sequence[Any]) -> tuple[m.CashReturn, ...]:
    lines = lines_by_request(work, [row.refund_request_id for row in rows])
    return tuple(_view(work, row, lines[row.refund_request_id]) for row in rows)


def _view(work: Work, row: Any, lines: Sequence[m.RefundedLine]) -> m.CashReturn:
    return m.CashReturn(
        id=row.refund_id,
        order_number=row.order_number,
        branch_id=row.branch_id,
        branch_name=row.branch_name,
        member_id=row.payer_id,
        name=row.payer_name,
        state=m.CashReturnState(state_of(row).value),
        amount_fen=row.amount_fen,
        lines=tuple(lines),
        approved_at=row.asked_at,
        source=None if row.hand_source is None else m.ReturnSource(row.hand_source),
        voucher=row.hand_voucher or "",
        words=row.hand_words or "",
        recorded_by_name=row.hand_by_name,
        recorded_at=row.hand_at,
        own=row.hand_by_account == work.caller.account_id,
        to_me=row.payer_id == work.caller.member_id,
        confirmed_by_name=row.hand_confirmed_by_name,
        returned_at=row.succeeded_at,
    )
