"""Every way to forge a notice is refused for the right reason, and while one is judged nothing goes out.

The twins at the end hold the same forgeries against the library's own way of receiving, and show that the ways bite.
"""

from __future__ import annotations

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from deploy.wechat_simulator.testing import RunningSimulator
from services.dues.providers.payments import DifferenceKind, PaymentStatus, PrepayRequest
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.fakes.scripted_server import Asked, Reply
from tests.integration.wechat.conftest import CallsOut, Merchant, until

REFUSED = {
    "wrong_signature": "signature_wrong",
    "other_key": "signature_wrong",
    "unknown_serial": "serial_unknown",
    "unknown_certificate": "serial_unknown",
    "body_changed": "signature_wrong",
    "signature_of_another": "signature_wrong",
    "timestamp_old": "timestamp_out_of_window",
    "timestamp_future": "timestamp_out_of_window",
    "timestamp_changed": "signature_wrong",
    "nonce_missing": "header_missing",
    "signature_missing": "header_missing",
    "headers_missing": "header_missing",
    "other_algorithm": "algorithm_unknown",
    "ciphertext_tampered": "not_decrypted",
    "other_api_key": "not_decrypted",
    "probe": "signature_probe",
}
# Rightly signed, and not about our money: told to the caller as a difference (PAY-9).
PASSED_ON = {
    "wrong_merchant": DifferenceKind.MERCHANT,
    "wrong_app": DifferenceKind.APP,
    "wrong_currency": DifferenceKind.CURRENCY,
}


@pytest.fixture
def paid(simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant) -> PrepayRequest:
    """An order of which the true notice has been heard."""
    order = merchant.order()
    wechat.prepay(order)
    simulator.pay(order.order_no)
    until(lambda: merchant.payments)
    merchant.payments.clear()
    return order


def forge(simulator: RunningSimulator, order: PrepayRequest, way: str, subject: str = "payment") -> int:
    wish = {"order_no": order.order_no, "way": way, "subject": subject}
    status: int = simulator.control("POST", "forgeries", wish)["status"]
    return status


def test_no_way_is_left_untried(simulator: RunningSimulator) -> None:
    assert set(simulator.control("GET", "forgeries")["ways"]) == {*REFUSED, *PASSED_ON}


@pytest.mark.parametrize(("way", "reason"), REFUSED.items())
def test_a_forgery_is_refused_for_the_right_reason_and_calls_nobody(
    simulator: RunningSimulator, merchant: Merchant, paid: PrepayRequest, calls_out: CallsOut, way: str, reason: str
) -> None:
    assert forge(simulator, paid, way) == 401
    assert merchant.refusals == [reason]
    assert merchant.payments == []
    assert calls_out.targets == []


@pytest.mark.parametrize(("way", "kind"), PASSED_ON.items())
def test_a_true_statement_about_other_money_is_passed_on_with_the_difference(
    simulator: RunningSimulator,
    merchant: Merchant,
    paid: PrepayRequest,
    calls_out: CallsOut,
    way: str,
    kind: DifferenceKind,
) -> None:
    forge(simulator, paid, way)
    (notice,) = merchant.payments
    assert [difference.kind for difference in notice.payment.differences_from(paid.amount_fen)] == [kind]
    assert calls_out.targets == []


@pytest.mark.parametrize("way", ["other_key", "unknown_certificate", "timestamp_old", "ciphertext_tampered"])
def test_forged_refund_notices_are_refused_alike(
    simulator: RunningSimulator,
    wechat: WechatPay,
    merchant: Merchant,
    paid: PrepayRequest,
    calls_out: CallsOut,
    way: str,
) -> None:
    wechat.refund(merchant.refund(paid))
    until(lambda: merchant.refunds)
    merchant.refunds.clear()
    assert forge(simulator, paid, way, "refund") == 401
    assert (merchant.refunds, merchant.refusals, calls_out.targets) == ([], [REFUSED[way]], [])


FORGED_THEN_TRUE = ["forged:other_key", "forged:probe", "notice"]


def test_a_forgery_in_the_place_of_the_notice_only_delays_the_true_one(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.fault("forge", order_no=order.order_no, way="other_key")
    simulator.fault("forge", order_no=order.order_no, way="probe")
    simulator.pay(order.order_no)
    until(lambda: merchant.payments)
    assert merchant.refusals == ["signature_wrong", "signature_probe"]
    assert [notice.payment.status for notice in merchant.payments] == [PaymentStatus.SUCCEEDED]
    until(lambda: len(simulator.sendings(order.order_no)) == len(FORGED_THEN_TRUE))  # noted after the answer is read
    assert [sending["what"] for sending in simulator.sendings(order.order_no)] == FORGED_THEN_TRUE


@pytest.fixture
def library(simulator: RunningSimulator) -> WeChatPay:
    """The library as its own documentation sets it up."""
    settings = WechatPaySettings.from_environment(simulator.environment)
    return WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=settings.merchant_id,
        private_key=settings.merchant_key_pem,
        cert_serial_no=settings.merchant_serial,
        appid=settings.app_id,
        apiv3_key=settings.api_v3_key,
        public_key=settings.platform_public_key_pem,
        public_key_id=settings.platform_public_key_id,
    )


def heard_raw(simulator: RunningSimulator, merchant: Merchant, order: PrepayRequest, way: str) -> Asked:
    """What went over the wire, before anybody judged it."""
    heard: list[Asked] = []

    def listen(asked: Asked) -> Reply:
        heard.append(asked)
        return Reply(500)

    merchant.server.script = listen
    forge(simulator, order, way)
    return heard[0]


def test_twin_the_library_alone_believes_a_notice_of_last_month(
    simulator: RunningSimulator, merchant: Merchant, paid: PrepayRequest, library: WeChatPay
) -> None:
    asked = heard_raw(simulator, merchant, paid, "timestamp_old")
    assert library.callback(asked.headers, asked.body)["event_type"] == "TRANSACTION.SUCCESS"


def test_twin_the_library_alone_goes_out_when_a_stranger_names_a_certificate(
    simulator: RunningSimulator, merchant: Merchant, paid: PrepayRequest, library: WeChatPay, calls_out: CallsOut
) -> None:
    asked = heard_raw(simulator, merchant, paid, "unknown_certificate")
    with calls_out.forbidden(), pytest.raises(OSError):  # noqa: PT011 - whatever the forbidden call ends in
        library.callback(asked.headers, asked.body)
    assert calls_out.targets != []
