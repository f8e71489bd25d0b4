"""Money on its way back: what waits to be sent, and what the provider says became of it (PAY-11).

Late money and the lines of paid orders go the same way from here on. The refund's own number is sent with every try, so the
provider pays it out once however often it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.dues import ORDER_REFUNDED
from services.contracts.dues import messages as m
from services.contracts.values import OrderId
from services.dues.domain import ledger
from services.dues.domain.ledger import AccountKind, AccountRef
from services.dues.domain.order_state import OrderState, move, refund_sent
from services.dues.orders import books, store
from services.dues.orders.settling import note_exception
from services.dues.providers.payments import RefundState, RefundStatus
from services.dues.refunding.channels import SENT_BY_PROVIDER
from services.dues.storage.tables import orders, refund

TRY_WAITS_S = (5, 10, *(20,) * 10, 120, 600, 3600)
"""Between two tries of one refund: a fault of the network passes within seconds, some come one after the other for minutes, an
empty balance fills within hours."""
DUE_BATCH = 50
_SENT_BY_PROVIDER = [channel.value for channel in SENT_BY_PROVIDER]


@dataclass(frozen=True, slots=True)
class DueRefund:
    refund_id: str
    number: str
    order_number: str
    amount_fen: int
    order_fen: int
    reason: str
    asked_before: bool


def take_due_refunds(work: Work, _: None) -> list[DueRefund]:
    """Refunds to be tried now; their next try is put off first."""
    due = (
        sa.select(refund.c.refund_id)
        .where(
            refund.c.state.in_(["requested", "processing"]),
            refund.c.next_try_at <= work.now,
            refund.c.channel.in_(_SENT_BY_PROVIDER),
        )
        .order_by(refund.c.next_try_at)
        .limit(DUE_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = work.db.execute(
        sa.select(refund, orders.c.number.label("order_number"), orders.c.total_fen)
        .join(orders, orders.c.order_id == refund.c.order_id)
        .where(refund.c.refund_id.in_(due))
    ).all()
    for row in rows:
        wait = timedelta(seconds=TRY_WAITS_S[min(row.tries, len(TRY_WAITS_S) - 1)])
        again = {"next_try_at": work.now + wait, "tries": row.tries + 1}
        work.db.execute(sa.update(refund).where(refund.c.refund_id == row.refund_id).values(**again))
    return [
        DueRefund(row.refund_id, row.number, row.order_number, row.amount_fen, row.total_fen, row.reason, row.tries > 0)
        for row in rows
    ]


def take_answer(work: Work, told: RefundState) -> m.NoticeResult:
    """What the provider says of a refund, by answer, query or notice: booked once."""
    ours = sa.select(refund).where(refund.c.number == told.refund_no, refund.c.channel.in_(_SENT_BY_PROVIDER))
    order_id = work.db.scalar(ours.with_only_columns(refund.c.order_id))
    order = store.find_order(work.db, order_id=order_id, lock=True) if order_id else None
    if order is None:
        note_exception(work, m.ExceptionKind.ORDER_UNKNOWN, told.refund_id, None, told.refund_fen)
        return m.NoticeResult(outcome=m.NoticeOutcome.EXCEPTION)
    row = work.db.execute(ours).one()
    if row.state == "succeeded":
        return _said_again(work, order, row, told)
    if told.differences_from(row.amount_fen):
        note_exception(work, m.ExceptionKind.AMOUNT_DIFFERS, told.refund_id, order.order_id, told.refund_fen)
        return m.NoticeResult(outcome=m.NoticeOutcome.EXCEPTION)
    if told.status is RefundStatus.SUCCEEDED:
        confirm(work, order, row)
        return m.NoticeResult(outcome=m.NoticeOutcome.SETTLED)
    if told.status is RefundStatus.PROCESSING:
        if row.state != "abnormal":  # what is given up is taken up again by a person alone
            note(work, row.refund_id, state="processing")
        return m.NoticeResult(outcome=m.NoticeOutcome.IGNORED)
    note(work, row.refund_id, state="abnormal")
    note_exception(work, m.ExceptionKind.REFUND_FAILED, told.refund_id, order.order_id, row.amount_fen)
    return m.NoticeResult(outcome=m.NoticeOutcome.EXCEPTION)


def _said_again(work: Work, order: store.Order, row: Any, told: RefundState) -> m.NoticeResult:
    """Of a refund that is done. What was paid by hand and then by the provider too went back twice: a person must see it."""
    if row.hand_confirmed_by_account is None or told.status is not RefundStatus.SUCCEEDED:
        return m.NoticeResult(outcome=m.NoticeOutcome.ALREADY_KNOWN)
    note_exception(work, m.ExceptionKind.PAID_TWICE, told.refund_id, order.order_id, row.amount_fen)
    return m.NoticeResult(outcome=m.NoticeOutcome.EXCEPTION)


def confirm(work: Work, order: store.Order, row: Any, *, held: AccountRef | None = None, **beside: object) -> None:
    """The money of one refund went back: booked, and told to the payer. ``order`` is locked, ``row`` was read after that.

    ``held``: the account out of which it was paid; left out, the provider's.
    """
    owner, _ = store.county_root(work.db, order.county_id)
    payable = AccountRef(AccountKind.REFUNDS_PAYABLE, owner)
    held = held or AccountRef(AccountKind.PROVIDER_CLEARING, owner)
    posted = ledger.send_refund(order.order_id, row.amount_fen, payable, held, row.refund_id)
    books.post(work, order.county_id, [posted])
    note(work, row.refund_id, state="succeeded", succeeded_at=work.now, **beside)
    sent = sa.select(sa.func.sum(refund.c.amount_fen)).where(
        refund.c.order_id == order.order_id, refund.c.state == "succeeded"
    )
    sent_fen = int(work.db.scalar(sent) or 0)
    after = move(order.state, refund_sent(sent_fen=sent_fen, paid_fen=order.total_fen))
    assert isinstance(after, OrderState), "only an order with a refund asked for has one to confirm"
    store.move_order(work.db, order.order_id, after)
    refunded = m.OrderRefunded(
        order_id=order.order_id,
        payer_member_id=order.payer_id,
        amount_fen=row.amount_fen,
        reason=row.reason,
        channel=row.channel,
    )
    work.tell(ORDER_REFUNDED, refunded, subject=order.payer_id)


def note(work: Work, refund_id: str, **changes: object) -> None:
    work.db.execute(sa.update(refund).where(refund.c.refund_id == refund_id).values(**changes))


@dataclass(frozen=True, slots=True)
class RefusedRefund:
    refund_id: str
    code: str


def note_refused(work: Work, refused: RefusedRefund) -> None:
    """The provider said no. It is asked again later, and a person sees that it had to be."""
    row = work.db.execute(sa.select(refund).where(refund.c.refund_id == refused.refund_id)).one()
    note_exception(work, m.ExceptionKind.REFUND_FAILED, refused.code[:64], OrderId(row.order_id), row.amount_fen)
