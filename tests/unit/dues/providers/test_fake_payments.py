"""The twin keeps the port's promises, so that what passes with it may be expected of the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.chassis.clock import FixedClock
from services.dues.providers.payments import (
    Closing,
    DifferenceKind,
    NoticeRefused,
    PaymentStatus,
    PrepayRequest,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    RefundStatus,
)
from tests.fakes.payments import FakePayments
from tests.unit.dues.providers.conftest import NOW

ORDER_NO = "01932f0a8c7d7e"
PREPAY = PrepayRequest(ORDER_NO, 2400, "党费", "oPayer", NOW + timedelta(minutes=15), "https://county.example/n")
REFUND = RefundRequest("refund-1", ORDER_NO, 1000, 2400, "重复缴纳", "https://county.example/r")


@pytest.fixture
def payments(clock: FixedClock) -> FakePayments:
    return FakePayments(clock)


def test_a_repeated_prepay_is_one_and_a_changed_one_is_refused(payments: FakePayments) -> None:
    assert payments.prepay(PREPAY) == payments.prepay(PREPAY)
    with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
        payments.prepay(replace(PREPAY, amount_fen=2300))


def test_a_paid_order_cannot_be_closed_and_a_closed_one_cannot_be_paid(payments: FakePayments) -> None:
    payments.prepay(PREPAY)
    payments.prepay(replace(PREPAY, order_no="another-order"))
    payments.payer_pays(ORDER_NO)
    assert payments.close_order(ORDER_NO) is Closing.ALREADY_PAID
    assert payments.close_order("another-order") is Closing.CLOSED
    assert payments.close_order("unknown-order") is Closing.NEVER_OPENED
    with pytest.raises(AssertionError):
        payments.payer_pays("another-order")
    assert payments.payer_pays("another-order", late=True).was_paid


def test_a_notice_says_what_was_paid_and_calls_nobody(payments: FakePayments) -> None:
    payments.prepay(PREPAY)
    payments.payer_pays(ORDER_NO, amount_fen=2401)
    before = list(payments.calls)
    notice = payments.parse_payment_notice(*payments.payment_notice(ORDER_NO, merchant="theirs"))
    kinds = [difference.kind for difference in notice.payment.differences_from(2400)]
    assert kinds == [DifferenceKind.MERCHANT, DifferenceKind.AMOUNT]
    assert payments.calls == before


def test_a_forged_notice_is_refused(payments: FakePayments) -> None:
    payments.prepay(PREPAY)
    with pytest.raises(NoticeRefused):
        payments.parse_payment_notice(*payments.forged_notice(ORDER_NO))
    payments.payer_pays(ORDER_NO)
    with pytest.raises(NoticeRefused):
        payments.parse_refund_notice(*payments.payment_notice(ORDER_NO))


def test_refunds_repeat_safely_and_never_exceed_the_payment(payments: FakePayments) -> None:
    payments.prepay(PREPAY)
    with pytest.raises(ProviderRefused):
        payments.refund(REFUND)
    payments.payer_pays(ORDER_NO)
    assert payments.refund(REFUND) == payments.refund(REFUND)
    with pytest.raises(ProviderRefused):
        payments.refund(replace(REFUND, refund_no="refund-2", refund_fen=1401))
    payments.provider_finishes_refund("refund-1")
    found = payments.find_refund("refund-1")
    assert found is not None
    assert (found.status, found.differences_from(1000)) == (RefundStatus.SUCCEEDED, ())
    assert payments.parse_refund_notice(*payments.refund_notice("refund-1")).refund == found
    paid = payments.find_payment(ORDER_NO)
    assert paid is not None
    assert paid.status is PaymentStatus.REFUNDED


def test_a_lost_answer_had_its_effect_and_a_failure_had_none(payments: FakePayments) -> None:
    payments.fail("prepay", ProviderUnavailable("timeout"))
    with pytest.raises(ProviderUnavailable):
        payments.prepay(PREPAY)
    assert payments.find_payment(ORDER_NO) is None
    payments.lose_answer("prepay", ProviderUnavailable("timeout"))
    with pytest.raises(ProviderUnavailable):
        payments.prepay(PREPAY)
    assert payments.find_payment(ORDER_NO) is not None
