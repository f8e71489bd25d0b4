"""The day bill has WeChat's columns, a backtick before each field, and sums that agree with the bank's books."""

from __future__ import annotations

from datetime import date, timedelta

from deploy.wechat_simulator.bill import COLUMNS, TOTAL_COLUMNS, trade_bill, yuan
from tests.unit.wechat_simulator.conftest import NOW, ORDER_NO, House, prepay, refund

TODAY = date(2026, 11, 24)


def bill(house: House, *, day: date = TODAY, bill_type: str = "ALL") -> list[list[str]]:
    orders, refunds = house.bank.day_of(day)
    pairs = [(made, house.bank.get_order(made.order_no)) for made in refunds]
    text = trade_bill(orders, pairs, app_id="wx01", merchant_id="1900000109", bill_type=bill_type)
    assert text.endswith("\r\n")
    return [line.split(",") for line in text.removesuffix("\r\n").split("\r\n")]


def test_each_payment_and_refund_is_a_row_and_the_totals_agree(house: House) -> None:
    house.bank.open_order(prepay(description="党费,9月\n11月"))
    order = house.bank.pay(ORDER_NO)
    house.now = NOW + timedelta(minutes=1)
    house.bank.request_refund(refund(refund_fen=1005))
    lines = bill(house)
    assert lines[0] == COLUMNS.split(",")
    assert lines[-2] == TOTAL_COLUMNS.split(",")
    payment, returned = (dict(zip(lines[0], line, strict=True)) for line in lines[1:3])
    assert payment["交易时间"] == "`2026-11-24 10:00:00"
    assert payment["微信订单号"] == f"`{order.transaction_id}"
    assert (payment["交易状态"], payment["订单金额"], payment["应结订单金额"]) == ("`SUCCESS", "`24.00", "`24.00")
    assert payment["商品名称"] == "`党费\\ 9月\\n11月", "a split by commas stays safe"
    assert (returned["交易状态"], returned["申请退款金额"], returned["订单金额"]) == ("`REFUND", "`10.05", "`0.00")
    assert (returned["商户退款单号"], returned["退款状态"]) == ("`refund-1", "`PROCESSING")
    assert lines[-1] == ["`2", "`24.00", "`10.05", "`0.00", "`0.00000", "`24.00", "`10.05"]


def test_every_field_stands_behind_a_backtick(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    lines = bill(house)
    assert all(field.startswith("`") for line in (lines[1], lines[-1]) for field in line)


def test_a_day_is_a_day_of_chinas_calendar(house: House) -> None:
    house.now = NOW.replace(hour=15, minute=59)
    house.bank.open_order(prepay(time_expire=None))
    house.bank.pay(ORDER_NO)
    house.now = NOW.replace(hour=16)
    house.bank.open_order(prepay(out_trade_no="next-day", time_expire=None))
    house.bank.pay("next-day")
    numbers = [[row[6] for row in bill(house, day=day)[1:-2]] for day in (TODAY, TODAY + timedelta(days=1))]
    assert numbers == [[f"`{ORDER_NO}"], ["`next-day"]]


def test_a_kind_of_bill_leaves_out_the_other_rows(house: House) -> None:
    house.bank.open_order(prepay())
    house.bank.pay(ORDER_NO)
    house.bank.request_refund(refund())
    assert [row[9] for row in bill(house, bill_type="SUCCESS")[1:-2]] == ["`SUCCESS"]
    assert [row[9] for row in bill(house, bill_type="REFUND")[1:-2]] == ["`REFUND"]


def test_yuan_are_written_from_whole_fen() -> None:
    assert [yuan(fen) for fen in (0, 5, 20, 100, 123456789)] == ["0.00", "0.05", "0.20", "1.00", "1234567.89"]
