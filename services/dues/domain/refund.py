"""What of a paid order may go back, and who may say so (PAY-11).

A refund is of whole lines, each a member's month, up to the whole order. Owns the judgement of a wish and of a decision; the
books are ``ledger``, the order's states ``order_state``. Two refunds that both pass here still meet at the order's locked row and
at the database's own bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.dues.domain.extra import Extra
from services.dues.domain.order import MAX_ORDER_LINES, OrderLine, WishedLine
from services.dues.domain.order_state import OrderState
from services.dues.domain.refusal import Refusal, refuse

MAX_REFUNDS_PER_ORDER = 50  # WeChat Pay sends back at most fifty parts of one payment
MAX_REQUESTS_PER_ORDER = 100  # those refused and taken back among them: who asks so often should rather call


class RefundReason(StrEnum):
    """Why money should go back; what is on no list is ``OTHER`` and told in words."""

    PAID_BY_MISTAKE = "paid_by_mistake"
    PAID_ELSEWHERE = "paid_elsewhere"
    NOT_OWED = "not_owed"
    AMOUNT_WRONG = "amount_wrong"
    OTHER = "other"


class LineStanding(StrEnum):
    """How a line of a paid order stands towards a refund."""

    PAID = "paid"
    ASKED = "asked"  # somebody decides on it
    APPROVED = "approved"  # its cash is to be handed back; until then it is paid
    REFUNDED = "refunded"  # its entries are reversed: its money is on its way, or gone back


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """What of an order a refund is held against, read under its lock."""

    state: OrderState
    paid_fen: int
    promised_fen: int
    """Of all refunds, sent or not."""
    requests: int
    """Of all that were ever asked, those refused or taken back among them."""
    open_requests: int
    """Those that wait, or became refunds."""


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """A refund that may be asked for or approved."""

    lines: tuple[OrderLine, ...]
    amount_fen: int


def plan_refund(
    order: PaidOrder,
    lines: Sequence[tuple[OrderLine, LineStanding]],
    wished: Sequence[WishedLine],
    reason: RefundReason,
    words: str,
) -> RefundPlan | Refusal:
    """The refund that these wishes come to, or why there is none."""
    if not wished or len(wished) > MAX_ORDER_LINES:
        return refuse("dues.refund_empty")
    if reason is RefundReason.OTHER and not words.strip():
        return refuse("dues.refund_words_needed")
    if order.requests >= MAX_REQUESTS_PER_ORDER or order.open_requests >= MAX_REFUNDS_PER_ORDER:
        return refuse("dues.too_many_refunds", limit=MAX_REFUNDS_PER_ORDER)
    chosen = _chosen(lines, wished)
    return chosen if isinstance(chosen, Refusal) else check_promise(order, chosen)


def _chosen(
    lines: Sequence[tuple[OrderLine, LineStanding]], wished: Sequence[WishedLine]
) -> tuple[OrderLine, ...] | Refusal:
    by_wish: Mapping[WishedLine, tuple[OrderLine, LineStanding]] = {
        WishedLine(line.member_id, line.month): (line, standing) for line, standing in lines
    }
    found: dict[int, OrderLine] = {}
    for wish in wished:
        where = {"member_id": wish.member_id, "month": str(wish.month)}
        if wish not in by_wish:
            return refuse("dues.line_not_of_order", **where)
        line, standing = by_wish[wish]
        if standing in (LineStanding.ASKED, LineStanding.APPROVED):
            return refuse("dues.line_refund_under_way", **where)
        if standing is LineStanding.REFUNDED:
            return refuse("dues.line_refunded", **where)
        if line.line_no in found:
            return refuse("dues.line_repeated", **where)
        found[line.line_no] = line
    return tuple(found[line_no] for line_no in sorted(found))


def check_promise(order: PaidOrder, lines: Sequence[OrderLine]) -> RefundPlan | Refusal:
    """Whether the order as it stands can give these lines' money back."""
    if order.state is not OrderState.SUCCEEDED:
        return refuse("dues.order_not_refundable", state=order.state.value)
    amount_fen = sum(line.amount_fen for line in lines)
    if amount_fen == 0:
        return refuse("dues.nothing_to_refund")
    if order.promised_fen + amount_fen > order.paid_fen:
        return refuse("dues.refund_exceeds_paid", paid_fen=order.paid_fen, promised_fen=order.promised_fen)
    return RefundPlan(tuple(lines), amount_fen)


def check_extra_stays(
    extra: Extra | None, lines: Sequence[tuple[OrderLine, LineStanding]], back: Sequence[OrderLine]
) -> Refusal | None:
    """An extra is a gift and stays given, on the receipt of its giver's months at that branch: one of them stays paid (PAY-6)."""
    if extra is None:
        return None
    gone = {line.line_no for line in back}
    for line, standing in lines:
        carries = (line.member_id, line.branch_id) == (extra.member_id, extra.branch_id)
        if carries and standing is LineStanding.PAID and line.line_no not in gone:
            return None
    return refuse("dues.extra_without_own_month", member_id=extra.member_id)
