"""A notice is believed only when WeChat signed these very bytes within five minutes; then it is read strictly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.wechat_simulator.signing import Seal, encrypt
from services.chassis.clock import FixedClock
from services.dues.providers.payments import DifferenceKind, NoticeRefused, PaymentStatus, RefundStatus, Refusal
from services.dues.providers.wechat_pay import MAX_NOTICE_BYTES, WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.unit.dues.providers.conftest import NOW

PAID = {
    "out_trade_no": "01932f0a8c7d7e",
    "transaction_id": "4200001234202611240000000001",
    "trade_state": "SUCCESS",
    "success_time": "2026-11-24T10:00:00+08:00",
    "payer": {"openid": "oPayer-0123456789"},
    "amount": {"total": 2400, "payer_total": 2400, "currency": "CNY", "payer_currency": "CNY"},
}
REFUNDED = {
    "out_trade_no": "01932f0a8c7d7e",
    "transaction_id": "4200001234202611240000000001",
    "out_refund_no": "refund-1",
    "refund_id": "50300001234",
    "refund_status": "SUCCESS",
    "success_time": "2026-11-24T10:05:00+08:00",
    "user_received_account": "支付用户零钱",
    "amount": {"total": 2400, "refund": 2400, "payer_total": 2400, "payer_refund": 2400},
}


class Sender:
    """Writes notices as WeChat would, or nearly."""

    def __init__(self, seal: Seal, settings: WechatPaySettings) -> None:
        self.seal, self.settings = seal, settings

    def body(self, inside: dict[str, Any], *, event: str = "TRANSACTION.SUCCESS", **changed: Any) -> bytes:
        whole = {"mchid": self.settings.merchant_id, "appid": self.settings.app_id} | inside
        resource = encrypt(json.dumps(whole).encode(), api_v3_key=self.settings.api_v3_key, associated="transaction")
        envelope = {
            "id": "EV-1",
            "create_time": "2026-11-24T10:00:01+08:00",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "resource": resource,
        }
        return json.dumps(envelope | changed).encode()

    def send(self, body: bytes, *, at: datetime = NOW) -> tuple[dict[str, str], bytes]:
        return self.seal.headers(body, now=at), body


@pytest.fixture
def sender(seal: Seal, settings: WechatPaySettings) -> Sender:
    return Sender(seal, settings)


def reason_of(wechat: WechatPay, headers: dict[str, str], body: bytes) -> Refusal:
    with pytest.raises(NoticeRefused) as caught:
        wechat.parse_payment_notice(headers, body)
    return caught.value.reason


def test_a_true_notice_gives_what_was_paid(wechat: WechatPay, sender: Sender) -> None:
    notice = wechat.parse_payment_notice(*sender.send(sender.body(PAID)))
    assert (notice.notice_id, notice.event_type) == ("EV-1", "TRANSACTION.SUCCESS")
    payment = notice.payment
    assert payment.order_no == PAID["out_trade_no"]
    assert payment.transaction_id == PAID["transaction_id"]
    assert payment.status is PaymentStatus.SUCCEEDED
    assert payment.amount_fen == 2400
    assert payment.payer_openid == "oPayer-0123456789"
    assert payment.succeeded_at == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert payment.differences_from(2400) == ()


def test_headers_are_found_in_any_case(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(sender.body(PAID))
    lower = {name.lower(): value for name, value in headers.items()}
    assert wechat.parse_payment_notice(lower, body).notice_id == "EV-1"


@pytest.mark.parametrize(("seconds", "is_believed"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_notice_is_believed_for_five_minutes_to_either_side(
    wechat: WechatPay, sender: Sender, seconds: int, is_believed: bool
) -> None:
    headers, body = sender.send(sender.body(PAID), at=NOW + timedelta(seconds=seconds))
    if is_believed:
        assert wechat.parse_payment_notice(headers, body)
    else:
        assert reason_of(wechat, headers, body) is Refusal.TIMESTAMP_OUT_OF_WINDOW


def test_the_clock_that_counts_is_the_injected_one(wechat: WechatPay, clock: FixedClock, sender: Sender) -> None:
    headers, body = sender.send(sender.body(PAID))
    clock.advance(timedelta(days=30))
    assert reason_of(wechat, headers, body) is Refusal.TIMESTAMP_OUT_OF_WINDOW


@pytest.mark.parametrize("name", ["Timestamp", "Nonce", "Serial", "Signature"])
def test_each_of_the_four_headers_is_needed(wechat: WechatPay, sender: Sender, name: str) -> None:
    headers, body = sender.send(sender.body(PAID))
    empty = headers | {f"Wechatpay-{name}": ""}
    del headers[f"Wechatpay-{name}"]
    assert reason_of(wechat, headers, body) is Refusal.HEADER_MISSING
    assert reason_of(wechat, empty, body) is Refusal.HEADER_MISSING


def test_one_header_under_two_spellings_is_refused(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(sender.body(PAID))
    for twin in ("wechatpay-serial", "Wechatpay_Serial"):
        assert reason_of(wechat, headers | {twin: "x"}, body) is Refusal.HEADER_MALFORMED


@pytest.mark.parametrize("timestamp", ["1e9", "-1", "１７９５４８０７２５", "99999999999999", "17954 80725"])
def test_a_timestamp_is_plain_digits(wechat: WechatPay, sender: Sender, timestamp: str) -> None:
    headers, body = sender.send(sender.body(PAID))
    assert reason_of(wechat, headers | {"Wechatpay-Timestamp": timestamp}, body) is Refusal.HEADER_MALFORMED


def test_a_signature_that_is_not_base64_is_wrong(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(sender.body(PAID))
    for signature in ("!!!!", headers["Wechatpay-Signature"] + "!", "AAAA"):
        assert reason_of(wechat, headers | {"Wechatpay-Signature": signature}, body) is Refusal.SIGNATURE_WRONG


def test_bytes_that_are_not_utf8_are_refused_before_they_are_read(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(b"\xff\xfe" + sender.body(PAID))
    assert reason_of(wechat, headers, body) is Refusal.SIGNATURE_WRONG


def test_a_byte_order_mark_in_front_breaks_the_signature(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(sender.body(PAID))
    assert reason_of(wechat, headers, b"\xef\xbb\xbf" + body) is Refusal.SIGNATURE_WRONG


def test_a_notice_that_is_too_large_is_refused_unread(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(b" " * MAX_NOTICE_BYTES + sender.body(PAID))
    assert reason_of(wechat, headers, body) is Refusal.TOO_LARGE


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"event_type": NaN}', b'{"a":' * 5000 + b"1" + b"}" * 5000]
)
def test_a_signed_body_that_is_no_object_is_refused(wechat: WechatPay, sender: Sender, body: bytes) -> None:
    assert reason_of(wechat, *sender.send(body)) is Refusal.BODY_MALFORMED


def test_a_refund_notice_is_not_a_payment_notice(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(sender.body(REFUNDED, event="REFUND.SUCCESS"))
    assert reason_of(wechat, headers, body) is Refusal.EVENT_UNEXPECTED
    assert wechat.parse_refund_notice(headers, body).refund.status is RefundStatus.SUCCEEDED


def test_a_payment_notice_is_not_a_refund_notice(wechat: WechatPay, sender: Sender) -> None:
    with pytest.raises(NoticeRefused) as caught:
        wechat.parse_refund_notice(*sender.send(sender.body(PAID)))
    assert caught.value.reason is Refusal.EVENT_UNEXPECTED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"resource": None}, Refusal.BODY_MALFORMED),
        ({"resource": []}, Refusal.BODY_MALFORMED),
        ({"resource_type": "plain"}, Refusal.BODY_MALFORMED),
        ({"resource": {"algorithm": "AEAD_SM4_GCM"}}, Refusal.ALGORITHM_UNKNOWN),
        ({"resource": {"algorithm": "AEAD_AES_256_GCM"}}, Refusal.BODY_MALFORMED),
        (
            {"resource": {"algorithm": "AEAD_AES_256_GCM", "nonce": "1", "ciphertext": "AAAA"}},
            Refusal.BODY_MALFORMED,
        ),
        (
            {"resource": {"algorithm": "AEAD_AES_256_GCM", "nonce": "123456789012", "ciphertext": "AAA"}},
            Refusal.NOT_DECRYPTED,
        ),
        ({"create_time": "2026-11-24T10:00:01"}, Refusal.BODY_MALFORMED),
        ({"id": 7}, Refusal.BODY_MALFORMED),
    ],
)
def test_a_signed_envelope_in_a_wrong_form_is_refused(
    wechat: WechatPay, sender: Sender, changed: dict[str, Any], reason: Refusal
) -> None:
    assert reason_of(wechat, *sender.send(sender.body(PAID, **changed))) is reason


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": {"total": 24.0, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": "2400", "currency": "CNY"}},
        {"amount": {"total": -1, "currency": "CNY"}},
        {"amount": {"total": 10**13, "currency": "CNY"}},
        {"amount": None},
        {"transaction_id": None},
        {"transaction_id": "4" * 300},
        {"success_time": "yesterday"},
        {"success_time": "0001-01-01T00:00:00+14:00"},
        {"trade_state": "PROBABLY"},
        {"out_trade_no": ["x"]},
    ],
)
def test_a_signed_statement_in_a_wrong_form_is_refused(
    wechat: WechatPay, sender: Sender, changed: dict[str, Any]
) -> None:
    assert reason_of(wechat, *sender.send(sender.body(PAID | changed))) is Refusal.BODY_MALFORMED


@pytest.mark.parametrize(
    ("changed", "kind", "found"),
    [
        ({"mchid": "1900000001"}, DifferenceKind.MERCHANT, "1900000001"),
        ({"appid": "wx0"}, DifferenceKind.APP, "wx0"),
        ({"amount": {"total": 2400, "currency": "USD"}}, DifferenceKind.CURRENCY, "USD"),
    ],
)
def test_a_proven_statement_that_disagrees_is_passed_on_with_the_difference(
    wechat: WechatPay, sender: Sender, changed: dict[str, Any], kind: DifferenceKind, found: str
) -> None:
    notice = wechat.parse_payment_notice(*sender.send(sender.body(PAID | changed)))
    differences = notice.payment.differences_from(2400)
    assert [(difference.kind, difference.found) for difference in differences] == [(kind, found)]


def test_another_amount_is_a_difference_from_the_order(wechat: WechatPay, sender: Sender) -> None:
    payment = wechat.parse_payment_notice(*sender.send(sender.body(PAID))).payment
    (difference,) = payment.differences_from(2300)
    assert (difference.kind, difference.expected, difference.found) == (DifferenceKind.AMOUNT, "2300", "2400")


def test_a_notice_whose_state_is_not_success_is_not_a_payment(wechat: WechatPay, sender: Sender) -> None:
    payment = wechat.parse_payment_notice(*sender.send(sender.body(PAID | {"trade_state": "NOTPAY"}))).payment
    assert (payment.was_paid, payment.status) == (False, PaymentStatus.NOT_PAID)


def test_an_abnormal_refund_has_no_moment_of_success(wechat: WechatPay, sender: Sender) -> None:
    inside = {name: value for name, value in REFUNDED.items() if name != "success_time"}
    body = sender.body(inside | {"refund_status": "ABNORMAL"}, event="REFUND.ABNORMAL")
    refund = wechat.parse_refund_notice(*sender.send(body)).refund
    assert (refund.status, refund.succeeded_at, refund.refund_fen) == (RefundStatus.ABNORMAL, None, 2400)


def test_a_payer_does_not_show_in_text(wechat: WechatPay, sender: Sender) -> None:
    notice = wechat.parse_payment_notice(*sender.send(sender.body(PAID)))
    assert "oPayer" not in repr(notice)


def test_the_algorithm_header_may_be_missing_but_never_another(wechat: WechatPay, sender: Sender) -> None:
    headers, body = sender.send(sender.body(PAID))
    other = headers | {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}
    assert reason_of(wechat, other, body) is Refusal.ALGORITHM_UNKNOWN
    del headers["Wechatpay-Signature-Type"]
    assert wechat.parse_payment_notice(headers, body).notice_id == "EV-1"
