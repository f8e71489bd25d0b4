"""Deciding on a refund, by another than asked for it: refused with words, or approved with all that follows (PAY-11, BOOK-7).

An approval is one transaction: the lines' entries are reversed, their months are due again and may be paid by anybody, receipts
are void and what is left of them has new ones, the money is promised back. Sending it is ``orders.refunds`` and the refund job.

Locks come in the order in which settling and placing take theirs: the order's row, receipt counters, months, lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues import REFUND_APPROVED, REFUND_REFUSED
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.values import MemberId
from services.dues.domain import ledger
from services.dues.domain.ledger import AccountKind, AccountRef
from services.dues.domain.order import OrderLine
from services.dues.domain.order_state import OrderState, move, refund_promised
from services.dues.domain.refund import RefundPlan, check_extra_stays, check_promise
from services.dues.domain.refusal import Refusal
from services.dues.orders import books
from services.dues.orders import store as order_store
from services.dues.refunding import receipts, store
from services.dues.refunding.asking import note_each
from services.dues.refunding.channels import Channel, channel_of
from services.dues.refunding.views import DECIDING, request_views, require_reach_over
from services.dues.refusals import refused
from services.dues.reliefs import approved_for
from services.dues.storage.arrays import unnested
from services.dues.storage.month_tables import month_closed
from services.dues.storage.tables import obligation, refund


def approve_refund(work: Work, request: m.ApproveRefund) -> m.RefundRequestView:
    """Gives the lines' money back. Raises RefundNotWaiting, RefundNeedsAnother, RefundNotPossible; NotFound out of reach."""
    order, asked, lines = _to_decide(work, request.id)
    way = channel_of(order)
    if isinstance(way, Refusal):
        raise refused(e.RefundNotPossible, way)
    plan = check_promise(store.paid_order(work.db, order), lines)
    if isinstance(plan, Refusal):
        raise refused(e.RefundNotPossible, plan)
    gone = check_extra_stays(order.extra, store.lines_with_standing(work.db, order), plan.lines)
    if gone is not None:
        raise refused(e.RefundNotPossible, gone)
    _decide(work, asked, "approved", request.words.strip())
    note_each(work, "dues.refund_approved", asked.refund_request_id, plan.lines, request.words.strip())
    refund_id = new_id()
    receipts.take_back(work, order, plan.lines)
    _open_months(work, plan.lines)
    store.release_lines(work.db, order.order_id, [line.line_no for line in plan.lines])
    failpoints.reach("refunding.months_opened")
    _promise(work, order, asked, plan, refund_id=refund_id, way=way)
    _tell(work, order, plan.lines, refund_id)
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
    """The order first and then the request, both locked; whoever decides stands above all the lines and asked for none."""
    found = store.find_request(work.db, request_id)
    order = order_store.find_order(work.db, order_id=found.order_id, lock=True) if found else None
    asked = store.find_request(work.db, request_id, lock=True)
    if order is None or asked is None:
        raise NotFound
    lines = store.lines_of_request(work.db, asked, order)
    require_reach_over(work, lines, *DECIDING)
    if asked.state != "waiting":
        raise e.RefundNotWaiting(state=asked.state)
    if work.caller.account_id == asked.asked_by_account or work.caller.member_id == order.payer_id:
        raise e.RefundNeedsAnother
    return order, asked, lines


def _decide(work: Work, asked: store.Request, state: str, words: str) -> None:
    decided = {"decided_by_account": work.caller.account_id, "decided_words": words, "decided_at": work.now}
    store.decide_request(work.db, asked.refund_request_id, state=state, **decided)


def _open_months(work: Work, lines: Sequence[OrderLine]) -> None:
    """What was paid for them is taken off again, in the order in which placing an order locks them.

    A month that was paid beyond its relief kept that amount; now it owes what the relief leaves (DUE-11), unless it is closed.
    """
    back = unnested(lines, "back")
    same = sa.and_(obligation.c.member_id == back.c.member_id, obligation.c.month == back.c.month)
    locked = sa.select(obligation.c.member_id).join(back, same).order_by(obligation.c.member_id, obligation.c.month)
    work.db.execute(locked.with_for_update(of=obligation, key_share=True))
    o = obligation.c
    left_fen = o.paid_fen - back.c.amount_fen
    relieved_fen = sa.func.least(o.full_fen, approved_for(o.member_id, o.month, "monthly_fen"))
    lowered = sa.and_(o.full_fen.is_not(None), sa.not_(month_closed(o.county_id, o.branch_id, o.billed_in)))
    amount_fen = sa.case((lowered, sa.func.greatest(relieved_fen, left_fen)), else_=o.amount_fen)
    less = sa.update(obligation).values(paid_fen=left_fen, amount_fen=amount_fen).where(same)
    if work.db.execute(less).rowcount != len(lines):
        raise RuntimeError("a paid line has a month that is owed")


def _promise(
    work: Work, order: order_store.Order, asked: store.Request, plan: RefundPlan, *, refund_id: str, way: Channel
) -> None:
    """The reversing entries and the promise, booked in the running month (BOOK-1); then the refund waits to be sent."""
    stored = store.paid_postings(work.db, order.order_id)
    refunded = {line.line_no for line in plan.lines}
    paid = [each for each in stored if each.posting.reverses is None and each.posting.line_no in refunded]
    reversals = ledger.reverse_postings(stored, [each.posting_id for each in paid])
    if isinstance(reversals, Refusal):
        raise refused(e.RefundNotPossible, reversals)
    (held,) = {each.posting.debit for each in paid}
    owner, _ = order_store.county_root(work.db, order.county_id)
    payable = AccountRef(AccountKind.REFUNDS_PAYABLE, owner)
    promise = ledger.promise_refund(order.order_id, plan.amount_fen, held, payable, refund_id)
    books.post(work, order.county_id, [*reversals, promise])
    promised_fen = store.paid_order(work.db, order).promised_fen + plan.amount_fen
    after = move(order.state, refund_promised(promised_fen=promised_fen, paid_fen=order.total_fen))
    assert isinstance(after, OrderState), "only a paid order's lines are promised back"
    order_store.move_order(work.db, order.order_id, after)
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
        )
    )


def _tell(work: Work, order: order_store.Order, lines: Sequence[OrderLine], refund_id: str) -> None:
    """Each beneficiary hears that his months are open again."""
    by_member: dict[MemberId, list[OrderLine]] = {}
    for line in lines:
        by_member.setdefault(line.member_id, []).append(line)
    told = [
        (
            member_id,
            m.RefundApproved(
                order_id=order.order_id,
                refund_id=refund_id,
                payer_member_id=order.payer_id,
                member_id=member_id,
                months=tuple(sorted(line.month for line in own)),
                amount_fen=sum(line.amount_fen for line in own),
            ),
        )
        for member_id, own in by_member.items()
    ]
    work.tell_many(REFUND_APPROVED, told)
