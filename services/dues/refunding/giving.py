"""What a refund takes back, all of it in one transaction: entries reversed, months due again, receipts void (PAY-11, BOOK-7).

Money that the provider sends is taken back when the refund is approved, and then waits to be sent; cash when it was handed back.
Locks come in the order in which settling and placing take theirs: the order's row, receipt counters, months, lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.work import Work
from services.contracts.dues import REFUND_APPROVED
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.values import MemberId
from services.dues.domain import ledger
from services.dues.domain.ledger import AccountKind, AccountRef
from services.dues.domain.order import OrderLine
from services.dues.domain.order_state import OrderState, move, refund_promised
from services.dues.domain.refusal import Refusal
from services.dues.orders import books
from services.dues.orders import store as order_store
from services.dues.refunding import receipts, store
from services.dues.refusals import refused
from services.dues.reliefs import approved_for
from services.dues.storage.arrays import unnested
from services.dues.storage.month_tables import month_closed
from services.dues.storage.tables import obligation


def take_back(work: Work, order: order_store.Order, lines: Sequence[OrderLine], refund_id: str) -> order_store.Order:
    """Undoes these lines' payment and promises their money to the payer. ``order`` is locked and comes back as it then is."""
    receipts.take_back(work, order, lines)
    _open_months(work, lines)
    store.release_lines(work.db, order.order_id, [line.line_no for line in lines])
    failpoints.reach("refunding.months_opened")
    _promise(work, order, lines, refund_id)
    _tell(work, order, lines, refund_id)
    found = order_store.find_order(work.db, order_id=order.order_id)
    assert found is not None
    return found


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


def _promise(work: Work, order: order_store.Order, lines: Sequence[OrderLine], refund_id: str) -> None:
    """The reversing entries and the promise, booked in the running month (BOOK-1)."""
    stored = store.paid_postings(work.db, order.order_id)
    refunded = {line.line_no for line in lines}
    paid = [each for each in stored if each.posting.reverses is None and each.posting.line_no in refunded]
    reversals = ledger.reverse_postings(stored, [each.posting_id for each in paid])
    if isinstance(reversals, Refusal):
        raise refused(e.RefundNotPossible, reversals)
    (held,) = {each.posting.debit for each in paid}
    owner, _ = order_store.county_root(work.db, order.county_id)
    payable = AccountRef(AccountKind.REFUNDS_PAYABLE, owner)
    amount_fen = sum(line.amount_fen for line in lines)
    promise = ledger.promise_refund(order.order_id, amount_fen, held, payable, refund_id)
    books.post(work, order.county_id, [*reversals, promise])
    taken_fen = store.taken_back_fen(work.db, order.order_id, besides=refund_id) + amount_fen
    after = move(order.state, refund_promised(promised_fen=taken_fen, paid_fen=order.total_fen))
    assert isinstance(after, OrderState), "only a paid order's lines are promised back"
    order_store.move_order(work.db, order.order_id, after)


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
