"""The way of an order from prepay to refund, each statement signed by the one side and proven by the other."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests
from wechatpayv3.utils import build_authorization, load_private_key

from deploy.wechat_simulator.keys import ensure_keys
from deploy.wechat_simulator.testing import ControlError, RunningSimulator
from services.chassis.clock import SystemClock, shanghai
from services.dues.providers.payments import Closing, DifferenceKind, PaymentStatus, ProviderRefused, RefundStatus
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.integration.wechat.conftest import Merchant, sheet_body, until


def test_an_order_is_opened_paid_told_and_found(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    prepay = wechat.prepay(order)
    opened = wechat.find_payment(order.order_no)
    assert opened is not None
    assert (opened.status, opened.transaction_id, opened.differences) == (PaymentStatus.NOT_PAID, None, ())
    simulator.control("POST", "pay", {"prepay_id": prepay.prepay_id})
    until(lambda: merchant.payments)
    (notice,) = merchant.payments
    found = wechat.find_payment(order.order_no)
    assert found == notice.payment
    assert (found.status, found.payer_openid) == (PaymentStatus.SUCCEEDED, order.payer_openid)
    assert found.differences_from(order.amount_fen) == ()
    assert found.succeeded_at is not None
    assert abs(found.succeeded_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert [item["order_no"] for item in simulator.control("GET", "payments")["items"]].count(order.order_no) == 1


def test_a_repeated_prepay_is_one_and_a_changed_one_is_refused(wechat: WechatPay, merchant: Merchant) -> None:
    order = merchant.order()
    assert wechat.prepay(order) == wechat.prepay(order)
    with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
        wechat.prepay(replace(order, amount_fen=2300))


def test_a_closed_order_cannot_be_paid_and_a_paid_one_cannot_be_closed(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    closed, paid = merchant.order(), merchant.order()
    for order in (closed, paid):
        wechat.prepay(order)
    assert wechat.close_order(closed.order_no) is Closing.CLOSED
    assert wechat.close_order(closed.order_no) is Closing.CLOSED, "closing twice is closing once"
    with pytest.raises(ControlError, match="ORDER_CLOSED"):
        simulator.pay(closed.order_no)
    simulator.pay(paid.order_no)
    assert wechat.close_order(paid.order_no) is Closing.ALREADY_PAID
    with pytest.raises(ProviderRefused, match="OUT_TRADE_NO_USED"):
        wechat.prepay(closed)


def test_what_wechat_does_not_know_is_none(wechat: WechatPay) -> None:
    assert wechat.find_payment("never-opened") is None
    assert wechat.find_refund("never-asked") is None
    assert wechat.close_order("never-opened") is Closing.NEVER_OPENED


def test_a_refund_is_asked_twice_paid_once_and_told(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.pay(order.order_no)
    refund = merchant.refund(order)
    first, second = wechat.refund(refund), wechat.refund(refund)
    assert first.refund_id == second.refund_id
    until(lambda: merchant.refunds)
    (notice,) = merchant.refunds
    assert notice.event_type == "REFUND.SUCCESS"
    assert notice.refund == wechat.find_refund(refund.refund_no)
    assert notice.refund.status is RefundStatus.SUCCEEDED
    assert notice.refund.differences_from(order.amount_fen) == ()
    found = wechat.find_payment(order.order_no)
    assert found is not None
    assert (found.status, found.was_paid) == (PaymentStatus.REFUNDED, True)


def test_more_than_was_paid_is_never_refunded(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
        wechat.refund(merchant.refund(order))
    simulator.pay(order.order_no)
    wechat.refund(merchant.refund(order, refund_fen=2000))
    with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
        wechat.refund(merchant.refund(order, refund_fen=401))


def test_a_refund_may_be_refused_or_end_abnormally(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.pay(order.order_no)
    simulator.fault("refund_refused", order_no=order.order_no)
    simulator.fault("refund_abnormal", order_no=order.order_no)
    refund = merchant.refund(order)
    with pytest.raises(ProviderRefused, match="NOT_ENOUGH"):
        wechat.refund(refund)
    wechat.refund(refund)
    until(lambda: merchant.refunds)
    assert merchant.refunds[0].event_type == "REFUND.ABNORMAL"
    assert merchant.refunds[0].refund.status is RefundStatus.ABNORMAL


def test_another_amount_paid_is_a_difference_everywhere(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.fault("wrong_amount", order_no=order.order_no, delta_fen=-1)
    simulator.pay(order.order_no)
    until(lambda: merchant.payments)
    found = wechat.find_payment(order.order_no)
    assert found is not None
    for state in (found, merchant.payments[0].payment):
        (difference,) = state.differences_from(order.amount_fen)
        assert (difference.kind, difference.found) == (DifferenceKind.AMOUNT, "2399")


def test_a_merchant_with_another_key_is_turned_away(
    simulator: RunningSimulator, merchant: Merchant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = ensure_keys(tmp_path_factory.mktemp("stranger") / "keys").platform["WECHAT_MERCHANT_KEY"]
    settings = WechatPaySettings.from_environment(simulator.environment | {"WECHAT_MERCHANT_KEY": stranger})
    with pytest.raises(ProviderRefused, match="SIGN_ERROR"):
        WechatPay(settings, SystemClock()).prepay(merchant.order())


def test_the_phone_pays_only_with_what_the_merchant_signed(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    good = wechat.phone_parameters(wechat.prepay(order).prepay_id)
    other = wechat.phone_parameters(wechat.prepay(merchant.order()).prepay_id)
    swapped = replace(good, package=other.package)
    answers = [
        requests.post(f"{simulator.base_url}/cashier/{door}", data=sheet_body(parameters), timeout=5)
        for parameters in (swapped, good)
        for door in ("sheets", "payments")
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 200, 200]
    assert answers[2].json()["amount_fen"] == order.amount_fen
    until(lambda: merchant.payments)
    assert merchant.payments[0].payment.order_no == order.order_no


def test_the_day_bill_agrees_with_what_was_taken(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.pay(order.order_no)
    day = shanghai(datetime.now(UTC)).date().isoformat()
    plain, packed = (_bill(simulator, f"/v3/bill/tradebill?bill_date={day}{tar}") for tar in ("", "&tar_type=GZIP"))
    assert plain == gzip.decompress(packed)
    lines = plain.decode().split("\r\n")
    split = next(number for number, line in enumerate(lines) if line.startswith("总交易单数"))
    rows = list(csv.DictReader(lines[:split]))
    (row,) = [row for row in rows if row["商户订单号"] == f"`{order.order_no}" and row["交易状态"] == "`SUCCESS"]
    assert row["订单金额"] == "`24.00"
    paid_fen = sum(item["paid_fen"] for item in simulator.control("GET", "payments")["items"])
    totals = next(csv.DictReader(lines[split : split + 2]))
    assert totals["订单总金额"] == f"`{paid_fen // 100}.{paid_fen % 100:02d}"
    assert totals["总交易单数"] == f"`{len(rows)}"


def test_a_day_without_payments_or_long_ago_has_no_bill(simulator: RunningSimulator) -> None:
    answer = _get(simulator, "/v3/bill/tradebill?bill_date=2026-01-01")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    yesterday = (shanghai(datetime.now(UTC)) - timedelta(days=1)).date().isoformat()
    answer = _get(simulator, f"/v3/bill/tradebill?bill_date={yesterday}")
    assert (answer.status_code, answer.json()["code"]) == (400, "NO_STATEMENT_EXIST")


def _bill(simulator: RunningSimulator, path: str) -> bytes:
    """Applied for, downloaded, and compared with the hash that stands in the signed answer."""
    wish = _get(simulator, path).json()
    address = urlsplit(wish["download_url"])
    content = _get(simulator, f"{address.path}?{address.query}").content
    unpacked = gzip.decompress(content) if "GZIP" in path else content
    assert hashlib.sha1(unpacked).hexdigest() == wish["hash_value"]
    return content


def _get(simulator: RunningSimulator, path: str) -> requests.Response:
    """A signed question by the library's own hand: the simulator is not written to our adapter alone."""
    settings = WechatPaySettings.from_environment(simulator.environment)
    authorization = build_authorization(
        path, "GET", settings.merchant_id, settings.merchant_serial, load_private_key(settings.merchant_key_pem)
    )
    headers = {"Authorization": authorization, "Accept": "application/json"}
    return requests.get(simulator.base_url + path, headers=headers, timeout=10)


def test_an_unsigned_question_is_answered_to_nobody(simulator: RunningSimulator, merchant: Merchant) -> None:
    order = json.dumps({"mchid": "1", "out_trade_no": "x"})
    answer = requests.post(f"{simulator.base_url}/v3/pay/transactions/jsapi", data=order, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
