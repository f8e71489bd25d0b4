"""Who paid for another and got the money back: both are told, the beneficiary that his months are due again (PAY-7, PAY-11)."""

from __future__ import annotations

from services.chassis.ids import new_id
from services.contracts.dues import CASH_REFUND_APPROVED, ORDER_REFUNDED, REFUND_APPROVED, REFUND_REFUSED
from services.contracts.dues.messages import CashRefundApproved, OrderRefunded, RefundApproved, RefundRefused
from services.contracts.members import messages as m
from services.contracts.wire import dump
from services.members import events
from tests.integration.members.conftest import Service
from tests.integration.members.test_notices import BENEFICIARY, PAYER, SEPTEMBER, page_of


def approved(service: Service, member: str) -> RefundApproved:
    return RefundApproved(
        order_id=new_id(),
        refund_id=new_id(),
        payer_member_id=service.member(PAYER).id,
        member_id=service.member(member).id,
        months=(SEPTEMBER, SEPTEMBER.plus(1)),
        amount_fen=40,
    )


def test_the_beneficiary_hears_once_that_his_months_are_due_again_and_not_of_the_payers_order(service: Service) -> None:
    event, event_id = dump(approved(service, BENEFICIARY)), new_id()
    heard = [service.core.event(REFUND_APPROVED, events.refund_approved, "members", event_id, event) for _ in range(2)]
    assert heard == [True, False]
    (one,) = page_of(service, BENEFICIARY).items
    assert (one.kind, one.months, one.amount_fen) == (m.MONTH_REOPENED, (SEPTEMBER, SEPTEMBER.plus(1)), 40)
    assert one.reference is None
    assert page_of(service, PAYER).items == ()


def test_who_paid_for_himself_is_led_to_his_order(service: Service) -> None:
    event = approved(service, PAYER)
    service.core.event(REFUND_APPROVED, events.refund_approved, "members", new_id(), dump(event))
    (one,) = page_of(service, PAYER).items
    assert one.reference == m.NoticeReference(kind=m.ORDER, id=event.order_id)


def test_the_payer_hears_that_his_money_is_back_or_that_it_stays(service: Service) -> None:
    payer = service.member(PAYER).id
    sent = OrderRefunded(order_id=new_id(), payer_member_id=payer, amount_fen=40, reason="asked")
    service.core.event(ORDER_REFUNDED, events.order_refunded, "members", new_id(), dump(sent))
    kept = RefundRefused(order_id=new_id(), refund_request_id=new_id(), payer_member_id=payer, amount_fen=20)
    service.core.event(REFUND_REFUSED, events.refund_refused, "members", new_id(), dump(kept))
    told = [(one.kind, one.amount_fen, one.reference and one.reference.id) for one in page_of(service, PAYER).items]
    assert told == [(m.REFUND_REFUSED, 20, kept.order_id), (m.REFUND_SENT, 40, sent.order_id)]
    assert page_of(service, BENEFICIARY).items == ()


def test_who_paid_in_cash_hears_that_it_waits_for_him_and_later_compares(service: Service) -> None:
    payer = service.member(PAYER).id
    ready = CashRefundApproved(order_id=new_id(), refund_id=new_id(), payer_member_id=payer, amount_fen=40)
    service.core.event(CASH_REFUND_APPROVED, events.cash_refund_approved, "members", new_id(), dump(ready))
    back = OrderRefunded(
        order_id=ready.order_id, payer_member_id=payer, amount_fen=40, reason="asked", channel=events.CASH
    )
    service.core.event(ORDER_REFUNDED, events.order_refunded, "members", new_id(), dump(back))
    told = [(one.kind, one.amount_fen, one.reference and one.reference.id) for one in page_of(service, PAYER).items]
    assert told == [(m.CASH_RETURNED, 40, ready.order_id), (m.CASH_REFUND_READY, 40, ready.order_id)]
