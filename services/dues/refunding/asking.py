"""Asking for a refund: by the payer for his own order, or by an officer over the beneficiaries' branches (PAY-11).

Nothing moves: the lines are held for one request, and somebody else decides. Until then whoever asked may take it back.
"""

from __future__ import annotations

from services.chassis import failpoints
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.values import MemberId
from services.dues.domain.order import OrderLine, WishedLine
from services.dues.domain.refund import RefundPlan, RefundReason, check_extra_stays, plan_refund
from services.dues.domain.refusal import Refusal
from services.dues.orders import store as order_store
from services.dues.refunding import store
from services.dues.refunding.views import ENTERING, request_views, require_reach_over
from services.dues.refusals import refused


def ask_refund(work: Work, request: m.AskRefund) -> m.RefundRequestView:
    """Holds the lines for one decision. Raises NotFound for an order or a line that is not the caller's affair."""
    order = order_store.find_order(work.db, order_id=request.order_id, lock=True)
    if order is None:
        raise NotFound
    by_payer = order.payer_id == work.caller.member_id
    wished = [WishedLine(MemberId(line.member_id), line.month) for line in request.lines]
    lines = store.lines_with_standing(work.db, order)
    if not by_payer:
        chosen = [line for line, _ in lines if WishedLine(line.member_id, line.month) in set(wished)]
        require_reach_over(work, chosen, *ENTERING)
    reason = RefundReason(request.reason.value)
    plan = plan_refund(store.paid_order(work.db, order), lines, wished, reason, request.words)
    if isinstance(plan, Refusal):
        raise refused(e.RefundNotPossible, plan)
    gone = check_extra_stays(order.extra, lines, plan.lines)
    if gone is not None:
        raise refused(e.RefundNotPossible, gone)
    request_id = _add(work, order, plan, request, by_payer=by_payer)
    failpoints.reach("refunding.asked")
    return request_views(work, [request_id])[0]


def withdraw_refund(work: Work, request: ById) -> m.RefundRequestView:
    """Whoever asked takes it back; the lines may be asked for again. Raises NotFound for another's, RefundNotWaiting."""
    _, asked, lines = locked_request(work, request.id)
    if asked.asked_by_account != work.caller.account_id:
        raise NotFound
    if not asked.by_payer:
        require_reach_over(work, lines, *ENTERING)
    if asked.state != "waiting":
        raise e.RefundNotWaiting(state=asked.state)
    taken = {"state": "withdrawn", "decided_by_account": work.caller.account_id, "decided_at": work.now}
    store.decide_request(work.db, asked.refund_request_id, **taken)
    store.let_lines_go(work.db, asked.refund_request_id)
    note_each(work, "dues.refund_withdrawn", asked.refund_request_id, tuple(lines), "")
    return request_views(work, [asked.refund_request_id])[0]


def locked_request(work: Work, request_id: str) -> tuple[order_store.Order, store.Request, list[OrderLine]]:
    """The order first and then the request, both locked, and the lines asked for. Raises NotFound."""
    found = store.find_request(work.db, request_id)
    order = order_store.find_order(work.db, order_id=found.order_id, lock=True) if found else None
    asked = store.find_request(work.db, request_id, lock=True)
    if order is None or asked is None:
        raise NotFound
    return order, asked, store.lines_of_request(work.db, asked.refund_request_id, order)


def _add(work: Work, order: order_store.Order, plan: RefundPlan, request: m.AskRefund, *, by_payer: bool) -> str:
    request_id = new_id()
    values: dict[str, object] = {
        "refund_request_id": request_id,
        "county_id": order.county_id,
        "order_id": order.order_id,
        "reason": request.reason.value,
        "words": request.words.strip(),
        "by_payer": by_payer,
        "asked_by_account": work.caller.account_id,
        "asked_at": work.now,
    }
    store.add_request(work.db, values, plan)
    note_each(work, "dues.refund_asked", request_id, plan.lines, request.words.strip())
    return request_id


def note_each(work: Work, action: str, request_id: str, lines: tuple[OrderLine, ...], purpose: str) -> None:
    """An audit entry about each beneficiary, by the office that the caller holds over his branch."""
    paths = store.paths_of(work.db, [line.branch_id for line in lines])
    about = {line.member_id: paths[line.branch_id] for line in lines}
    for member_id, path in about.items():
        work.audit(action, "refund_request", request_id, path=path, about_member_id=member_id, purpose=purpose)
