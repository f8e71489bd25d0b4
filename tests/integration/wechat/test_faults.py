"""Lost, late, repeated, out of order, slow, broken: what reaches the merchant, and what the adapter makes of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from deploy.wechat_simulator.testing import ControlError, RunningSimulator
from services.dues.providers import wechat_transport
from services.dues.providers.payments import Closing, PaymentStatus, ProviderUnavailable
from services.dues.providers.wechat_pay import WechatPay
from tests.integration.wechat.conftest import Merchant, until


def test_a_lost_notice_comes_again_and_the_payment_can_be_found_meanwhile(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.fault("drop", order_no=order.order_no, count=2)
    simulator.pay(order.order_no)
    found = wechat.find_payment(order.order_no)
    assert found is not None
    assert found.was_paid
    until(lambda: merchant.payments)
    until(lambda: len(simulator.sendings(order.order_no)) > 2)  # noted once the merchant has answered
    assert [sending["what"] for sending in simulator.sendings(order.order_no)] == ["dropped", "dropped", "notice"]


def test_a_notice_told_sixteen_times_is_the_same_notice(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.fault("repeat", order_no=order.order_no, times=15)
    simulator.pay(order.order_no)
    until(lambda: len(merchant.payments) == 16)
    assert len({(notice.notice_id, notice.payment.transaction_id) for notice in merchant.payments}) == 1
    simulator.control("POST", "notices", {"order_no": order.order_no, "times": 3})
    assert len(merchant.payments) == 19


def test_a_merchant_that_cannot_confirm_hears_it_again(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    merchant.status = 503
    simulator.pay(order.order_no)
    until(lambda: len(merchant.payments) >= 2)
    merchant.status = 200
    until(lambda: simulator.sendings(order.order_no)[-1]["status"] == 200)
    heard = len(merchant.payments)
    time.sleep(0.5)
    assert len(merchant.payments) == heard, "a confirmed notice rests"


def test_notices_of_three_orders_may_come_last_one_first(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    orders = [merchant.order() for _ in range(3)]
    for order in orders:
        wechat.prepay(order)
    simulator.fault("reorder", count=3)
    for order in orders:
        simulator.pay(order.order_no)
    until(lambda: len(merchant.payments) == 3)
    assert [notice.payment.order_no for notice in merchant.payments] == [order.order_no for order in orders][::-1]


def test_a_delayed_notice_comes_late(simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.fault("delay", order_no=order.order_no, seconds=1)
    paid_at = time.monotonic()
    simulator.pay(order.order_no)
    until(lambda: merchant.payments)
    assert time.monotonic() - paid_at >= 1


def test_a_closed_order_may_still_turn_out_to_be_paid(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.fault("late_success", order_no=order.order_no, seconds=1)
    assert wechat.close_order(order.order_no) is Closing.CLOSED
    closed = wechat.find_payment(order.order_no)
    assert closed is not None
    assert closed.status is PaymentStatus.CLOSED
    until(lambda: merchant.payments)
    assert merchant.payments[0].payment.status is PaymentStatus.SUCCEEDED
    assert wechat.close_order(order.order_no) is Closing.ALREADY_PAID


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("server_error", "status"), ("busy", "busy"), ("answer_unsigned", "untrusted"), ("answer_forged", "untrusted")],
)
def test_an_answer_that_is_none_may_be_asked_for_again(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant, kind: str, reason: str
) -> None:
    order = merchant.order()
    simulator.fault(kind, operation="prepay", order_no=order.order_no)
    with pytest.raises(ProviderUnavailable) as caught:
        wechat.prepay(order)
    assert caught.value.reason == reason
    assert wechat.prepay(order).prepay_id


@pytest.mark.parametrize("operation", ["prepay", "close", "refund"])
def test_a_lost_answer_had_its_effect_and_the_same_question_finds_it(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant, operation: str
) -> None:
    order = merchant.order()
    refund = merchant.refund(order)
    questions: dict[str, Callable[[], object]] = {
        "prepay": lambda: wechat.prepay(order),
        "close": lambda: wechat.close_order(order.order_no),
        "refund": lambda: wechat.refund(refund),
    }
    ask = questions[operation]
    if operation != "prepay":
        wechat.prepay(order)
    if operation == "refund":
        simulator.pay(order.order_no)
    simulator.fault("answer_lost", operation=operation, order_no=order.order_no)
    with pytest.raises(ProviderUnavailable, match="status"):
        ask()
    assert ask()
    if operation == "refund":
        assert simulator.control("GET", f"orders/{order.order_no}")["refund_nos"] == [refund.refund_no]


def test_a_slow_answer_is_given_up_in_time(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_transport, "READ_TIMEOUT_S", 0.3)
    order = merchant.order()
    simulator.fault("slow", operation="prepay", order_no=order.order_no, seconds=2)
    started = time.monotonic()
    with pytest.raises(ProviderUnavailable, match="timeout"):
        wechat.prepay(order)
    assert time.monotonic() - started < 1.5
    assert wechat.prepay(order).prepay_id


def test_faults_are_listed_and_switched_off(simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant) -> None:
    simulator.fault("server_error", count=50)
    assert [fault["remaining"] for fault in simulator.control("GET", "faults")["items"]] == [50]
    simulator.control("DELETE", "faults")
    assert wechat.prepay(merchant.order()).prepay_id
    with pytest.raises(ControlError, match="400"):
        simulator.fault("explode")
