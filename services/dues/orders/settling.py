"""Crediting what the provider says it took: the one door for notice, query and closing (PAY-9, PAY-11). Cash that a second person
has confirmed is written by the same hand.

Everything that a payment changes is one transaction: the orders' rows are locked first, then the judgement is made, then money,
months, receipts and events follow together or not at all. A single payment is a batch of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis import failpoints
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues import ORDER_SETTLED
from services.contracts.dues import messages as m
from services.contracts.values import OrderId
from services.dues.domain import ledger, settlement
from services.dues.domain.ledger import AccountKind, AccountRef
from services.dues.domain.order_state import OrderEvent, OrderState, move
from services.dues.orders import books, centre, hot_settlement, store
from services.dues.orders.receipts import Issued, number_receipts
from services.dues.providers.payments import Difference, DifferenceKind, PaymentState
from services.dues.storage.tables import payment_exception, provider_payment, refund

MAX_TOLD = 500
"""Payments that one transaction settles: some tens of milliseconds, so that nobody waits long for their rows."""
FIRST_REFUND_TRY = timedelta(0)
LATE_PAID = "late_paid"
"""The reason of a refund that nobody had to ask for."""
_EXCEPTIONS = {
    settlement.PaymentField.MERCHANT: m.ExceptionKind.MERCHANT_DIFFERS,
    settlement.PaymentField.APP: m.ExceptionKind.APP_DIFFERS,
    settlement.PaymentField.CURRENCY: m.ExceptionKind.CURRENCY_DIFFERS,
    settlement.PaymentField.AMOUNT: m.ExceptionKind.AMOUNT_DIFFERS,
    settlement.PaymentField.TRANSACTION: m.ExceptionKind.PAID_TWICE,
    settlement.PaymentField.ORDER: m.ExceptionKind.ORDER_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """What the provider told of an order, and by which way: ``notice``, ``query`` or ``close``."""

    payment: PaymentState
    source: str
    notice_id: str | None = None
    """The stored notice that says so and waits for its outcome."""


def settle(work: Work, told: PaymentTold) -> m.NoticeResult:
    """Does what the payment asks for, once, however often and by however many ways it is told."""
    return m.NoticeResult(outcome=settle_all(work, [told])[0])


def settle_cash(work: Work, orders: Sequence[store.Order], collector_name: str) -> None:
    """Credits orders whose money was handed over, as a payment over WeChat is credited. The caller has locked them and knows that
    two persons stand for the cash; an order that is credited already stops everything."""
    if len(orders) > MAX_TOLD:
        raise ValueError(f"more than {MAX_TOLD} orders at once")
    _write(work, [(order, None) for order in orders], (), collector_name)


def settle_all(work: Work, told: Sequence[PaymentTold]) -> list[m.NoticeOutcome]:
    """The same for many payments at once, in the order told; what they change together is one statement.

    Six statements for any number of them that agree: lock the orders, read their payments, their lines and the county's accounts,
    take the receipts' numbers, write. What does not agree or comes late is seldom, and written one by one.
    """
    if len(told) > MAX_TOLD:
        raise ValueError(f"more than {MAX_TOLD} payments at once")
    orders = hot_settlement.lock_orders(work.db, {one.payment.order_no for one in told})
    transactions = [one.payment.transaction_id for one in told if one.payment.transaction_id is not None]
    order_ids = [order.order_id for order in orders.values()]
    paid_by, paid_for = hot_settlement.payments_of(work.db, order_ids, transactions)
    outcomes, credited = [], []
    for one in told:
        order = orders.get(one.payment.order_no)
        judgement = _judge(order, one.payment, paid_by, paid_for)
        if isinstance(judgement, settlement.Settle | settlement.LatePaid):
            assert order is not None
            assert one.payment.transaction_id is not None
            paid_by[order.order_id], paid_for[one.payment.transaction_id] = one.payment.transaction_id, order.order_id
        match judgement:
            case settlement.Settle():
                assert order is not None
                credited.append((order, one))
                outcomes.append(m.NoticeOutcome.SETTLED)
            case settlement.LatePaid():
                assert order is not None
                _send_back(work, order, one)
                outcomes.append(m.NoticeOutcome.LATE)
            case settlement.Mismatch(field):
                _set_aside(work, one.payment, order, field)
                outcomes.append(m.NoticeOutcome.EXCEPTION)
            case settlement.AlreadySettled():
                outcomes.append(m.NoticeOutcome.ALREADY_KNOWN)
            case _:
                outcomes.append(m.NoticeOutcome.IGNORED)
    _write(work, credited, [(one.notice_id, each) for one, each in zip(told, outcomes, strict=True)])
    return outcomes


def _judge(
    order: store.Order | None, payment: PaymentState, paid_by: Mapping[str, str], paid_for: Mapping[str, str]
) -> settlement.Judgement:
    """The rules' judgement; a transaction that already paid another order agrees with nothing."""
    if not payment.was_paid or payment.transaction_id is None or payment.amount_fen is None:
        return settlement.Ignore(settlement.PaymentState.PENDING)
    if order is None or order.channel != store.WECHAT:
        return settlement.Mismatch(settlement.PaymentField.ORDER)
    facts = settlement.OrderFacts(
        order_id=order.order_id,
        merchant_id="",
        app_id="",
        total_fen=order.total_fen,
        state=order.state,
        credited_transaction_id=paid_by.get(order.order_id),
    )
    judgement = settlement.judge_payment(facts, _payment_facts(order, payment))
    takes_it = isinstance(judgement, settlement.Settle | settlement.LatePaid)
    if takes_it and paid_for.get(payment.transaction_id, order.order_id) != order.order_id:
        return settlement.Mismatch(settlement.PaymentField.TRANSACTION)
    return judgement


def _payment_facts(order: store.Order, payment: PaymentState) -> settlement.PaymentFacts:
    """The adapter knows the merchant and the app; what it found to differ stands here as its word against an empty one."""
    found = {difference.kind: _told(difference) for difference in payment.differences}
    assert payment.transaction_id is not None
    assert payment.amount_fen is not None
    return settlement.PaymentFacts(
        order_id=order.order_id,
        transaction_id=payment.transaction_id,
        merchant_id=found.get(DifferenceKind.MERCHANT, ""),
        app_id=found.get(DifferenceKind.APP, ""),
        currency=found.get(DifferenceKind.CURRENCY, settlement.CURRENCY),
        amount_fen=payment.amount_fen,
        state=settlement.PaymentState.SUCCESS,
    )


def _told(difference: Difference) -> str:
    return difference.found or "nothing"


def _write(
    work: Work,
    credited: Sequence[tuple[store.Order, PaymentTold | None]],
    outcomes: Iterable[tuple[str | None, m.NoticeOutcome]],
    collector_name: str = "",
) -> None:
    """Money, months, books, receipts, events and the outcomes of notices, together or not at all."""
    failpoints.reach("settling.judged")
    effect = hot_settlement.Effect(
        outcomes=[
            {"notice_id": notice_id, "outcome": str(each)} for notice_id, each in outcomes if notice_id is not None
        ]
    )
    if credited:
        _add_credits(work, effect, credited, collector_name)
    if credited or effect.outcomes:
        hot_settlement.write(work.db, effect, work.now)
        centre.mark(work, [order for order, _ in credited])
        failpoints.reach("settling.written")


def _add_credits(
    work: Work,
    effect: hot_settlement.Effect,
    credited: Sequence[tuple[store.Order, PaymentTold | None]],
    collector_name: str,
) -> None:
    lines_by_order = hot_settlement.lines_of(work.db, [order.order_id for order, _ in credited])
    owner, _ = store.county_root(work.db, credited[0][0].county_id)
    clearing = AccountRef(AccountKind.PROVIDER_CLEARING, owner)
    for order, told in credited:
        assert isinstance(move(order.state, OrderEvent.PAID), OrderState), "only orders that await money are credited"
        lines = [one.line for one in lines_by_order[order.order_id]]
        effect.orders.append(order.order_id)
        effect.lines += lines
        money = clearing
        if told is None:
            money = AccountRef(AccountKind.CASH, lines[0].branch_id)
        else:
            effect.payments.append(_payment_row(work, order, told, late=False))
        booked = ledger.settle_order(order.order_id, lines, money, order.extra)
        effect.postings += books.rows_of(work, order.county_id, booked)
    paid = [(order, lines_by_order[order.order_id]) for order, _ in credited]
    issued = number_receipts(work, paid, collector_name)
    effect.receipts += [each.row for _, each in issued]
    effect.events += work.event_rows(
        ORDER_SETTLED, [(each.draft.member_id, _settled(order, each)) for order, each in issued]
    )


def _settled(order: store.Order, issued: Issued) -> m.OrderSettled:
    return m.OrderSettled(
        order_id=order.order_id,
        payer_member_id=order.payer_id,
        member_id=issued.draft.member_id,
        months=issued.draft.months,
        amount_fen=issued.draft.amount_fen,
        receipt_id=issued.receipt_id,
        channel=order.channel,
    )


def _payment_row(work: Work, order: store.Order, told: PaymentTold, *, late: bool) -> dict[str, Any]:
    return {
        "transaction_id": told.payment.transaction_id,
        "order_id": order.order_id,
        "amount_fen": told.payment.amount_fen,
        "paid_at": told.payment.succeeded_at or work.now,
        "source": told.source,
        "late": late,
        "stored_at": work.now,
    }


def _send_back(work: Work, order: store.Order, told: PaymentTold) -> None:
    """Late money goes to suspense and is promised back; the refund job sends it."""
    work.db.execute(sa.insert(provider_payment).values(_payment_row(work, order, told, late=True)))
    failpoints.reach("settling.late_payment_stored")
    county_id, _ = store.county_root(work.db, order.county_id)
    clearing, suspense, payable = (
        AccountRef(kind, county_id)
        for kind in (AccountKind.PROVIDER_CLEARING, AccountKind.SUSPENSE, AccountKind.REFUNDS_PAYABLE)
    )
    books.post(
        work,
        order.county_id,
        (
            ledger.receive_late_payment(order.order_id, order.total_fen, clearing, suspense),
            ledger.ask_suspense_refund(order.order_id, order.total_fen, suspense, payable),
        ),
    )
    late = move(order.state, OrderEvent.PAID_LATE)
    assert isinstance(late, OrderState), "the judgement finds late only what was closed or failed"
    asked = move(late, OrderEvent.REFUND_ASKED)
    assert isinstance(asked, OrderState)
    store.move_order(work.db, order.order_id, asked, next_query_at=None)
    refund_id = new_id()
    work.db.execute(
        sa.insert(refund).values(
            refund_id=refund_id,
            number=refund_id.replace("-", ""),
            order_id=order.order_id,
            county_id=order.county_id,
            amount_fen=order.total_fen,
            reason=LATE_PAID,
            state="requested",
            next_try_at=work.now + FIRST_REFUND_TRY,
            asked_at=work.now,
        )
    )


def _set_aside(work: Work, payment: PaymentState, order: store.Order | None, field: settlement.PaymentField) -> None:
    """Onto the exceptions list, once; nothing else changes (PAY-9)."""
    order_id: OrderId | None = order.order_id if order else None
    known = sa.select(payment_exception.c.exception_id).where(
        payment_exception.c.kind == _EXCEPTIONS[field],
        payment_exception.c.transaction_id == payment.transaction_id,
        payment_exception.c.order_id.is_not_distinct_from(order_id),
    )
    if work.db.execute(known).first() is None:
        note_exception(work, _EXCEPTIONS[field], payment.transaction_id or "", order_id, payment.amount_fen)


def note_exception(
    work: Work, kind: m.ExceptionKind, transaction_id: str, order_id: OrderId | None, amount_fen: int | None
) -> None:
    statement = pg.insert(payment_exception).values(
        exception_id=new_id(),
        county_id=work.settings.county_id,
        kind=str(kind),
        order_id=order_id,
        transaction_id=transaction_id,
        amount_fen=amount_fen,
        noticed_at=work.now,
    )
    work.db.execute(statement.on_conflict_do_nothing())
