"""Deciding on a refund, by another than asked for it: refused with words, or approved (PAY-11).

Money that the provider sends is taken back in the same transaction (``giving``) and waits for the refund job; cash stays paid
until it has been handed back (``returning``).
"""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues import CASH_REFUND_APPROVED, REFUND_REFUSED
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.dues.domain.order import OrderLine
from services.dues.domain.refund import RefundPlan, check_extra_stays, check_promise
from services.dues.domain.refusal import Refusal
from services.dues.orders import store as order_store
from services.dues.refunding import giving, store
from services.dues.refunding.asking import locked_request, note_each
from services.dues.refunding.channels import SENT_BY_PROVIDER, channel_of
from services.dues.refunding.views import DECIDING, request_views, require_reach_over
from services.dues.refusals import refused
from services.dues.storage.tables import refund


def approve_refund(work: Work, request: m.ApproveRefund) -> m.RefundRequestView:
    """Gives the lines' money back. Raises RefundNotWaiting, RefundNeedsAnother, RefundNotPossible; NotFound out of reach."""
    order, asked, lines = _to_decide(work, request.id)
    plan = check_promise(store.paid_order(work.db, order), lines)
    if isinstance(plan, Refusal):
        raise refused(e.RefundNotPossible, plan)
    gone = check_extra_stays(order.extra, store.lines_with_standing(work.db, order), plan.lines)
    if gone is not None:
        raise refused(e.RefundNotPossible, gone)
    _decide(work, asked, "approved", request.words.strip())
    note_each(work, "dues.refund_approved", asked.refund_request_id, plan.lines, request.words.strip())
    refund_id = _add_refund(work, order, asked, plan)
    if channel_of(order) in SENT_BY_PROVIDER:
        giving.take_back(work, order, plan.lines, refund_id)
    else:
        told = m.CashRefundApproved(
            order_id=order.order_id, refund_id=refund_id, payer_member_id=order.payer_id, amount_fen=plan.amount_fen
        )
        work.tell(CASH_REFUND_APPROVED, told, subject=order.payer_id)
    failpoints.reach("refunding.approved")
    return request_views(work, [asked.refund_request_id])[0]


def refuse_refund(work: Work, request: m.RefuseRefund) -> m.RefundRequestView:
    """Everything stays as it is, and the one who asked reads why."""
    order, asked, lines = _to_decide(work, request.id)
    _decide(work, asked, "refused", request.words.strip())
    store.let_lines_go(work.db, asked.refund_request_id)
    note_each(work, "dues.refund_refused", asked.refund_request_id, tuple(lines), request.words.strip())
    told = m.RefundRefused(
        order_id=order.order_id,
        refund_request_id=asked.refund_request_id,
        payer_member_id=order.payer_id,
        amount_fen=asked.amount_fen,
    )
    work.tell(REFUND_REFUSED, told, subject=order.payer_id)
    return request_views(work, [asked.refund_request_id])[0]


def _to_decide(work: Work, request_id: str) -> tuple[order_store.Order, store.Request, list[OrderLine]]:
    """Whoever decides stands above all the lines and asked for none."""
    order, asked, lines = locked_request(work, request_id)
    require_reach_over(work, lines, *DECIDING)
    if asked.state != "waiting":
        raise e.RefundNotWaiting(state=asked.state)
    if work.caller.account_id == asked.asked_by_account or work.caller.member_id == order.payer_id:
        raise e.RefundNeedsAnother
    return order, asked, lines


def _decide(work: Work, asked: store.Request, state: str, words: str) -> None:
    decided = {"decided_by_account": work.caller.account_id, "decided_words": words, "decided_at": work.now}
    store.decide_request(work.db, asked.refund_request_id, state=state, **decided)


def _add_refund(work: Work, order: order_store.Order, asked: store.Request, plan: RefundPlan) -> str:
    """The refund itself, which the database counts against what was paid."""
    refund_id, way = new_id(), channel_of(order)
    work.db.execute(
        sa.insert(refund).values(
            refund_id=refund_id,
            number=refund_id.replace("-", ""),
            order_id=order.order_id,
            county_id=order.county_id,
            amount_fen=plan.amount_fen,
            reason="asked",
            state="requested",
            next_try_at=work.now,
            asked_at=work.now,
            refund_request_id=asked.refund_request_id,
            channel=way.value,
            branch_id=None if way in SENT_BY_PROVIDER else plan.lines[0].branch_id,
        )
    )
    return refund_id
