"""The adapter of day bills against the simulator: applied for, downloaded, proven and read to the last line."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from deploy.wechat_simulator.testing import RunningSimulator
from services.chassis.clock import SystemClock, shanghai
from services.dues.domain.trade_bill import TradeBill
from services.dues.providers.wechat_bills import WechatBills
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.reconciliation.bill_files import Incoming, unpacked
from tests.integration.wechat.conftest import Merchant


def test_what_was_paid_and_sent_back_stands_in_the_bill_of_the_day(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    paid, returned = merchant.order(), merchant.order(amount_fen=20)
    for order in (paid, returned):
        wechat.prepay(order)
        simulator.control("POST", "pay", {"order_no": order.order_no})
    refund = merchant.refund(returned)
    wechat.refund(refund)
    bills = WechatBills(WechatPaySettings.from_environment(simulator.environment), SystemClock())
    day = shanghai(datetime.now(UTC)).date()
    offer = bills.find_bill(day)
    assert offer is not None
    with offer.opened() as blocks:
        packed = io.BufferedReader(Incoming(blocks, offer.sha1)).read()
    reader = TradeBill(day, app_id=bills.app_id, merchant_id=bills.merchant_id)
    rows = [row for chunk in reader.chunks(unpacked([packed])) for row in chunk]
    mine = {(row.order_no, row.refund_no, row.amount_fen) for row in rows}
    assert {(paid.order_no, "", paid.amount_fen), (returned.order_no, "", 20)} <= mine
    assert (returned.order_no, refund.refund_no, 20) in mine
    assert {row.foreign_to for row in rows} == {""}


def test_a_day_on_which_nothing_was_paid_has_no_bill(simulator: RunningSimulator) -> None:
    bills = WechatBills(WechatPaySettings.from_environment(simulator.environment), SystemClock())
    assert bills.find_bill(shanghai(datetime.now(UTC)).date() - timedelta(days=7)) is None
