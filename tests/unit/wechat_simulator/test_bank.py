"""The simulated bank keeps the rules of the real one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.wechat_simulator.records import OrderState, WechatRefusal
from tests.unit.wechat_simulator.conftest import NOW, ORDER_NO, House, prepay, refund


def refused(code: str, action: Any, *arguments: Any, **named: Any) -> None:
    with pytest.raises(WechatRefusal) as caught:
        action(*arguments, **named)
    assert caught.value.code == code


def test_the_same_number_with_the_same_values_is_one_order(house: House) -> None:
    assert house.bank.open_order(prepay()).prepay_id == house.bank.open_order(prepay()).prepay_id


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": {"total": 2300, "currency": "CNY"}},
        {"payer": {"openid": "oAnother"}},
        {"time_expire": "2026-11-24T10:16:00+08:00"},
        {"description": "other"},
    ],
)
def test_the_same_number_with_other_values_is_refused(house: House, changed: dict[str, Any]) -> None:
    house.bank.open_order(prepay())
    refused("INVALID_REQUEST", house.bank.open_order, prepay(**changed))


def test_a_number_that_is_paid_or_closed_is_used_up(house: House) -> None:
    for order_no, end in (("order-paid", house.bank.pay), ("order-closed", house.bank.close)):
        house.bank.open_order(prepay(out_trade_no=order_no))
        end(order_no)
        refused("OUT_TRADE_NO_USED", house.bank.open_order, prepay(out_trade_no=order_no))


def test_a_prepay_lives_two_hours_and_is_then_made_anew(house: House) -> None:
    first = house.bank.open_order(prepay(time_expire=None)).prepay_id
    house.now = NOW + timedelta(hours=2)
    refused("PREPAY_EXPIRED", house.bank.get_order_by_prepay, first)
    second = house.bank.open_order(prepay(time_expire=None)).prepay_id
    assert second != first
    assert house.bank.get_order_by_prepay(second).order_no == ORDER_NO
    refused("PREPAY_EXPIRED", house.bank.get_order_by_prepay, first)


def test_an_order_is_paid_once(house: House) -> None:
    house.bank.open_order(prepay())
    order = house.bank.pay(ORDER_NO)
    assert (order.state, order.paid_fen, order.paid_at) == (OrderState.SUCCESS, 2400, NOW)
    assert order.transaction_id is not None
    assert len(order.transaction_id) == 28
    refused("ORDERPAID", house.bank.pay, ORDER_NO)
    assert [notice.subject for notice in house.notices] == ["payment"]


def test_of_many_who_pay_at_once_one_pays(house: House) -> None:
    house.bank.open_order(prepay())

    def pay() -> str:
        try:
            return house.bank.pay(ORDER_NO).state.value
        except WechatRefusal as error:
            return error.code

    with ThreadPoolExecutor(16) as pool:
        ends = [future.result() for future in [pool.submit(pay) for _ in range(64)]]
    assert (ends.count("SUCCESS"), ends.count("ORDERPAID")) == (1, 63)
    assert len(house.notices) == 1


def test_a_closed_order_cannot_be_paid_and_a_paid_one_cannot_be_closed(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.close(ORDER_NO)
    refused("ORDER_CLOSED", house.bank.pay, ORDER_NO)
    refused("ORDER_CLOSED", house.bank.close, ORDER_NO)
    house.bank.open_order(prepay(out_trade_no="another-order"))
    house.bank.pay("another-order")
    refused("ORDERPAID", house.bank.close, "another-order")
    refused("ORDER_NOT_EXIST", house.bank.close, "unknown-order")


def test_an_order_over_its_time_cannot_be_paid(house: House) -> None:
    house.bank.open_order(prepay())
    house.now = NOW + timedelta(minutes=15)
    assert house.bank.get_order(ORDER_NO).expires_at == house.now
    house.now += timedelta(seconds=1)
    refused("ORDER_EXPIRED", house.bank.pay, ORDER_NO)


def test_an_expiry_in_less_than_a_minute_counts_as_one_minute(house: House) -> None:
    house.bank.open_order(prepay(time_expire="2026-11-24T10:00:05+08:00"))
    house.now = NOW + timedelta(seconds=50)
    assert house.bank.pay(ORDER_NO).paid_at == house.now


def test_a_payment_under_way_may_arrive_after_the_closing(house: House) -> None:
    house.bank.open_order(prepay())
    house.faults.add({"kind": "late_success", "order_no": ORDER_NO, "seconds": 3})
    house.bank.close(ORDER_NO)
    assert house.bank.get_order(ORDER_NO).state is OrderState.CLOSED
    assert [wait for wait, _action in house.later.waiting] == [timedelta(seconds=3)]
    house.later.run()
    assert house.bank.get_order(ORDER_NO).state is OrderState.SUCCESS
    assert len(house.notices) == 1


def test_another_amount_is_paid_when_told_and_all_books_say_so(house: House) -> None:
    house.faults.add({"kind": "wrong_amount", "delta_fen": -100})
    house.bank.open_order(prepay())
    assert house.bank.pay(ORDER_NO).paid_fen == 2300
    assert house.bank.day_of(date(2026, 11, 24))[0][0].paid_fen == 2300


def test_the_same_refund_number_is_one_refund(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    assert house.bank.request_refund(refund()) is house.bank.request_refund(refund())
    refused("INVALID_REQUEST", house.bank.request_refund, refund(reason="other"))
    assert house.bank.get_order(ORDER_NO).state is OrderState.REFUND


def test_refunds_never_exceed_what_was_paid(house: House) -> None:
    house.bank.open_order(prepay())
    refused("INVALID_REQUEST", house.bank.request_refund, refund())
    house.bank.pay(ORDER_NO)
    house.bank.request_refund(refund("refund-1", 1400))
    refused("INVALID_REQUEST", house.bank.request_refund, refund("refund-2", 1001))
    house.bank.request_refund(refund("refund-2", 1000))
    refused("INVALID_REQUEST", house.bank.request_refund, refund("refund-3", 1))
    refused("RESOURCE_NOT_EXISTS", house.bank.request_refund, refund("refund-4", out_trade_no="unknown-order"))
    refused("RESOURCE_NOT_EXISTS", house.bank.get_refund, "refund-3")


def test_a_refund_names_the_amount_of_the_order(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    wrong = refund(amount={"refund": 100, "total": 2300, "currency": "CNY"})
    refused("INVALID_REQUEST", house.bank.request_refund, wrong)


def test_a_refund_takes_its_time_and_then_is_told(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    house.bank.request_refund(refund())
    assert house.bank.get_refund("refund-1").status == "PROCESSING"
    assert [wait for wait, _action in house.later.waiting] == [timedelta(seconds=1)], "one minute, sixty times faster"
    house.later.run()
    assert house.bank.get_refund("refund-1").status == "SUCCESS"
    assert [notice.subject for notice in house.notices] == ["payment", "refund"]


def test_refunds_fail_when_told(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    house.faults.add({"kind": "refund_refused"})
    refused("NOT_ENOUGH", house.bank.request_refund, refund())
    house.faults.add({"kind": "refund_abnormal"})
    house.bank.request_refund(refund())
    house.later.run()
    assert house.bank.get_refund("refund-1").status == "ABNORMAL"


def test_the_bank_remembers_over_a_restart_what_it_took_and_takes_up_what_was_open(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.open_order(prepay(out_trade_no="closed-order"))
    house.bank.close("closed-order")
    before = house.bank.pay(ORDER_NO)
    house.bank.request_refund(refund(refund_fen=1000))
    house.bank.add_user("王建国", note="第一支部")
    (open_notice,) = house.reopen()
    after = house.bank.get_order(ORDER_NO)
    assert after == before
    assert after is not before
    assert open_notice.number == ORDER_NO
    refused("ORDER_CLOSED", house.bank.pay, "closed-order")
    assert [user.note for user in house.bank.users()] == ["第一支部"]
    house.later.run()
    assert house.bank.get_refund("refund-1").status == "SUCCESS"


def test_a_confirmed_notice_is_not_taken_up_again(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    house.bank.end_notice(house.notices[0].notice_id, "confirmed")
    assert house.reopen() == []


def test_what_was_taken_is_listed_page_by_page(house: House) -> None:
    for number in range(5):
        house.bank.open_order(prepay(out_trade_no=f"order-{number}"))
        if number != 3:
            house.bank.pay(f"order-{number}")
    first = house.bank.taken(limit=3)
    assert [order.order_no for order in first] == ["order-0", "order-1", "order-2"]
    assert [order.order_no for order in house.bank.taken(after="order-2")] == ["order-4"]


def test_the_same_name_is_the_same_person(house: House) -> None:
    first, second = house.bank.add_user("王建国"), house.bank.add_user("王建国")
    assert first.openid == second.openid
    assert house.bank.add_user("李秀英").openid != first.openid
    assert house.bank.add_user("张三", openid="oGiven").openid == "oGiven"
