"""WeChat Pay's notices: carried as they came, answered in WeChat's form, judged by nobody here."""

from __future__ import annotations

import base64
import uuid

import pytest

from services.chassis.limits import MAX_NOTICE_BYTES
from services.contracts.caller import CallerKind
from services.contracts.dues import methods as dues
from services.contracts.dues.errors import NoticeRefused
from services.contracts.dues.messages import NoticeOutcome, NoticeResult
from services.contracts.errors import Unavailable
from tests.unit.gateway.kit import Gateway

PATH = "/v1/wechat/payment-notices"
BODY = b'{"id": "EV-2018022511223320873", "resource": {"ciphertext": "\\u4e2d"}}'
HEADERS = {
    "Content-Type": "application/json",
    "Wechatpay-Serial": "PUB_KEY_ID_1",
    "Wechatpay-Signature": "c2lnbmF0dXJl",
    "Wechatpay-Timestamp": "1789452000",
    "Wechatpay-Nonce": "nonce",
    "X-Forwarded-For": "1.2.3.4",
    "Cookie": "refresh=rrrr",
}


def settled(_: object) -> NoticeResult:
    return NoticeResult(outcome=NoticeOutcome.SETTLED)


def notify(gateway: Gateway, body: bytes = BODY, path: str = PATH, **headers: str) -> object:
    return gateway.ask("POST", path, body=body, headers=HEADERS | headers, key=None)


@pytest.mark.parametrize(
    ("path", "method"),
    [(PATH, dues.ACCEPT_PAYMENT_NOTICE), ("/v1/wechat/refund-notices", dues.ACCEPT_REFUND_NOTICE)],
)
def test_notice_reaches_dues_byte_for_byte_with_wechats_headers_alone(
    gateway: Gateway, path: str, method: object
) -> None:
    gateway.services.on(method, settled)
    answer = notify(gateway, path=path)
    assert (answer.status_code, answer.content) == (204, b"")
    (call,) = gateway.services.calls
    assert base64.b64decode(call.request.body_base64) == BODY
    assert call.request.headers == {
        "wechatpay-serial": "PUB_KEY_ID_1",
        "wechatpay-signature": "c2lnbmF0dXJl",
        "wechatpay-timestamp": "1789452000",
        "wechatpay-nonce": "nonce",
    }
    assert call.caller.kind is CallerKind.GATEWAY


def test_same_bytes_under_the_same_signature_are_one_request(gateway: Gateway) -> None:
    gateway.services.on(dues.ACCEPT_PAYMENT_NOTICE, settled)
    notify(gateway)
    notify(gateway)
    assert len(gateway.services.calls) == 1
    notify(gateway, **{"Wechatpay-Signature": "YW5vdGhlcg=="})
    notify(gateway, BODY + b" ")
    ids = [call.request_id for call in gateway.services.calls]
    assert len(set(ids)) == 3
    assert all(str(uuid.UUID(one)) == one for one in ids)


def test_forged_notice_hears_fail_in_wechats_form(gateway: Gateway) -> None:
    def refuse(_: object) -> NoticeResult:
        raise NoticeRefused(reason="signature")

    gateway.services.on(dues.ACCEPT_PAYMENT_NOTICE, refuse)
    answer = notify(gateway)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {"code": "FAIL", "message": NoticeRefused.title}


def test_notice_that_can_not_be_taken_now_is_asked_for_again(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> bytes:
        raise Unavailable(reason="absent", sent=False)

    monkeypatch.setattr(gateway.services, "request", away)
    answer = notify(gateway)
    assert (answer.status_code, answer.json["code"]) == (503, "FAIL")


def test_bug_too_is_told_in_wechats_form(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.services, "request", lambda _call: b"nonsense")
    answer = notify(gateway)
    assert (answer.status_code, answer.json["code"]) == (500, "FAIL")


def test_notice_larger_than_any_of_wechats_is_not_read(gateway: Gateway) -> None:
    answer = notify(gateway, b"x" * (MAX_NOTICE_BYTES + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "FAIL")
    largest = notify(gateway, b"x" * MAX_NOTICE_BYTES)
    assert largest.status_code != 413
    assert len(gateway.services.sent) == 1


def test_crowd_of_headers_is_bounded(gateway: Gateway) -> None:
    gateway.services.on(dues.ACCEPT_PAYMENT_NOTICE, settled)
    notify(gateway, **{f"Wechatpay-Extra-{number}": "x" for number in range(60)})
    assert len(gateway.services.calls[0].request.headers) <= 20
