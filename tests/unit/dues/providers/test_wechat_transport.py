"""What the adapter does with answers that are late, long, unsigned or about something else. Real sockets, scripted server."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.wechat_simulator.signing import Seal
from services.chassis.clock import FixedClock
from services.dues.providers import wechat_transport
from services.dues.providers.payments import Closing, PrepayRequest, ProviderRefused, ProviderUnavailable, RefundRequest
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.fakes.scripted_server import Asked, Reply, ScriptedServer, scripted_server
from tests.unit.dues.providers.conftest import NOW

OPENID = "oPayer-0123456789"
ORDER_NO = "01932f0a8c7d7e"
PREPAY = PrepayRequest(
    order_no=ORDER_NO,
    amount_fen=2400,
    description="党费 2026年9月至11月",
    payer_openid=OPENID,
    expires_at=NOW + timedelta(minutes=15),
    notify_url="https://county.example/v1/wechat/payment-notices",
)
REFUND = RefundRequest("refund-1", ORDER_NO, 2400, 2400, "重复缴纳", "https://county.example/v1/wechat/refund-notices")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def wechat(settings: WechatPaySettings, clock: FixedClock, server: ScriptedServer) -> WechatPay:
    return WechatPay(replace(settings, api_url=server.url), clock)


def signed(seal: Seal, value: Any, *, status: int = 200) -> Reply:
    body = b"" if value is None else json.dumps(value).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return Reply(status, headers | seal.headers(body, now=NOW), body)


def unavailable(wechat: WechatPay) -> str:
    with pytest.raises(ProviderUnavailable) as caught:
        wechat.prepay(PREPAY)
    return caught.value.reason


def test_a_signed_answer_is_believed(wechat: WechatPay, server: ScriptedServer, seal: Seal) -> None:
    server.script = lambda _asked: signed(seal, {"prepay_id": "wx24100000abc"})
    assert wechat.prepay(PREPAY).prepay_id == "wx24100000abc"
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v3/pay/transactions/jsapi")
    assert json.loads(asked.body)["time_expire"] == "2026-11-24T10:15:00+08:00"
    assert asked.headers["Wechatpay-Serial"] == seal.key_id


def test_a_success_without_a_signature_is_not_believed(wechat: WechatPay, server: ScriptedServer) -> None:
    server.script = lambda _asked: Reply(200, {}, b'{"prepay_id": "wx1"}')
    assert unavailable(wechat) == "untrusted"


def test_a_success_whose_bytes_are_not_the_signed_ones_is_not_believed(
    wechat: WechatPay, server: ScriptedServer, seal: Seal
) -> None:
    def script(_asked: Asked) -> Reply:
        reply = signed(seal, {"prepay_id": "wx1"})
        return replace(reply, body=b'{"prepay_id": "wx2"}')

    server.script = script
    assert unavailable(wechat) == "untrusted"


def test_an_old_signed_answer_played_back_is_not_believed(
    wechat: WechatPay, server: ScriptedServer, seal: Seal, clock: FixedClock
) -> None:
    server.script = lambda _asked: signed(seal, {"prepay_id": "wx1"})
    clock.advance(timedelta(minutes=6))
    assert unavailable(wechat) == "untrusted"


def test_an_answer_about_another_order_is_not_believed(wechat: WechatPay, server: ScriptedServer, seal: Seal) -> None:
    other = {"out_trade_no": "another-order", "trade_state": "NOTPAY", "appid": "wx", "mchid": "19"}
    server.script = lambda _asked: signed(seal, other)
    with pytest.raises(ProviderUnavailable, match="untrusted"):
        wechat.find_payment(ORDER_NO)


@pytest.mark.parametrize(
    ("status", "reason"), [(500, "status"), (502, "status"), (429, "busy"), (302, "status"), (202, "status")]
)
def test_what_is_no_answer_may_be_asked_again(
    wechat: WechatPay, server: ScriptedServer, status: int, reason: str
) -> None:
    server.script = lambda _asked: Reply(status, {"Location": server.url + "/elsewhere", "Content-Length": "0"})
    assert unavailable(wechat) == reason
    assert len(server.asked) == 1, "neither a redirect followed nor a retry that nobody counts"


def test_a_refusal_carries_wechats_code(wechat: WechatPay, server: ScriptedServer, seal: Seal) -> None:
    server.script = lambda _asked: signed(seal, {"code": "NOT_ENOUGH", "message": "余额不足"}, status=403)
    with pytest.raises(ProviderRefused) as caught:
        wechat.refund(REFUND)
    assert (caught.value.code, caught.value.message) == ("NOT_ENOUGH", "余额不足")


def test_a_refusal_may_come_unsigned_from_wechats_outer_gateway(wechat: WechatPay, server: ScriptedServer) -> None:
    server.script = lambda _asked: Reply(401, {}, b'{"code": "SIGN_ERROR", "message": "x"}')
    with pytest.raises(ProviderRefused, match="SIGN_ERROR"):
        wechat.prepay(PREPAY)


def test_a_refusal_with_a_wrong_signature_is_not_believed(
    wechat: WechatPay, server: ScriptedServer, seal: Seal
) -> None:
    def script(_asked: Asked) -> Reply:
        return replace(signed(seal, {"code": "ORDER_NOT_EXIST"}, status=404), body=b'{"code": "ORDER_NOT_EXIST" }')

    server.script = script
    with pytest.raises(ProviderUnavailable, match="untrusted"):
        wechat.find_payment(ORDER_NO)


def test_a_page_of_a_proxy_is_no_refusal(wechat: WechatPay, server: ScriptedServer) -> None:
    server.script = lambda _asked: Reply(404, {"Content-Type": "text/html"}, b"<html>not found</html>")
    with pytest.raises(ProviderUnavailable, match="malformed"):
        wechat.find_payment(ORDER_NO)


def test_an_order_that_wechat_does_not_know_is_none(wechat: WechatPay, server: ScriptedServer, seal: Seal) -> None:
    server.script = lambda _asked: signed(seal, {"code": "ORDER_NOT_EXIST", "message": "x"}, status=404)
    assert wechat.find_payment(ORDER_NO) is None
    assert wechat.close_order(ORDER_NO) is Closing.NEVER_OPENED


@pytest.mark.parametrize(
    ("status", "code", "closing"),
    [
        (204, None, Closing.CLOSED),
        (400, "ORDER_CLOSED", Closing.CLOSED),
        (400, "ORDERPAID", Closing.ALREADY_PAID),
    ],
)
def test_closing_says_what_became_of_the_order(
    wechat: WechatPay, server: ScriptedServer, seal: Seal, status: int, code: str | None, closing: Closing
) -> None:
    server.script = lambda _asked: signed(seal, code and {"code": code, "message": "x"}, status=status)
    assert wechat.close_order(ORDER_NO) is closing


def test_an_answer_of_any_length_is_not_read(wechat: WechatPay, server: ScriptedServer) -> None:
    server.script = lambda _asked: Reply(200, {}, b"x" * (wechat_transport.MAX_ANSWER_BYTES + 1))
    assert unavailable(wechat) == "too_large"


def test_a_compressed_answer_is_not_unpacked(wechat: WechatPay, server: ScriptedServer, seal: Seal) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    server.script = lambda _asked: Reply(200, {"Content-Encoding": "gzip"} | seal.headers(bomb, now=NOW), bomb)
    assert unavailable(wechat) == "malformed"


def test_a_server_that_says_nothing_is_given_up(
    wechat: WechatPay, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_transport, "READ_TIMEOUT_S", 0.2)
    server.script = lambda _asked: Reply(wait_s=2)
    assert unavailable(wechat) == "timeout"


def test_a_server_that_drips_is_given_up_in_total(
    wechat: WechatPay, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_transport, "TOTAL_TIMEOUT_S", 0.4)
    server.script = lambda _asked: Reply(body=b"x" * 50, drip_s=0.1)
    assert unavailable(wechat) == "timeout"


def test_a_server_that_hangs_up_or_is_not_there_may_be_asked_again(
    wechat: WechatPay, server: ScriptedServer, settings: WechatPaySettings, clock: FixedClock
) -> None:
    server.script = lambda _asked: Reply(status=0)
    assert unavailable(wechat) == "connection"
    assert unavailable(WechatPay(settings, clock)) == "connection", "port 9 of this machine"


@pytest.mark.parametrize("answer", [{}, {"prepay_id": 7}, {"prepay_id": "a&b=c"}, {"prepay_id": "x" * 65}])
def test_a_signed_answer_without_what_it_must_have_is_no_answer(
    wechat: WechatPay, server: ScriptedServer, seal: Seal, answer: dict[str, Any]
) -> None:
    server.script = lambda _asked: signed(seal, answer)
    assert unavailable(wechat) == "malformed"


def test_the_machine_cannot_change_who_asks(
    wechat: WechatPay, server: ScriptedServer, seal: Seal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.script = lambda _asked: replace(
        signed(seal, {"prepay_id": "wx1"}), headers=signed(seal, {"prepay_id": "wx1"}).headers | {"Set-Cookie": "a=b"}
    )
    wechat.prepay(PREPAY)
    wechat.prepay(PREPAY)
    for asked in server.asked:
        assert asked.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")
        assert "Cookie" not in asked.headers


def test_nothing_personal_and_no_body_is_logged_at_any_level(
    wechat: WechatPay, server: ScriptedServer, seal: Seal, caplog: pytest.LogCaptureFixture, settings: WechatPaySettings
) -> None:
    paid = {
        "appid": settings.app_id,
        "mchid": settings.merchant_id,
        "out_trade_no": ORDER_NO,
        "trade_state": "SUCCESS",
        "transaction_id": "4200001",
        "success_time": "2026-11-24T10:00:00+08:00",
        "payer": {"openid": OPENID},
        "amount": {"total": 2400, "currency": "CNY"},
    }
    caplog.set_level(logging.DEBUG)
    server.script = lambda _asked: signed(seal, {"prepay_id": "wx24100000abc"} | paid)
    wechat.prepay(PREPAY)
    wechat.find_payment(ORDER_NO)
    server.script = lambda _asked: Reply(200, {}, json.dumps(paid).encode())
    with pytest.raises(ProviderUnavailable) as caught:
        wechat.prepay(PREPAY)
    assert "wechat pay prepay" in caplog.text, "the log is there at all"
    for secret in (OPENID, "trade_state", "wx24100000abc", settings.api_v3_key, "signature="):
        assert secret not in caplog.text + str(caught.value) + repr(PREPAY)


@pytest.mark.parametrize(
    "changed",
    [
        {"order_no": "x"},
        {"order_no": "../../refund"},
        {"amount_fen": 0},
        {"amount_fen": 24.0},
        {"amount_fen": True},
        {"description": ""},
        {"description": "长" * 128},
        {"payer_openid": ""},
        {"expires_at": NOW.replace(tzinfo=None)},
        {"notify_url": "/v1/wechat"},
        {"notify_url": "https://county.example/?x=1"},
    ],
)
def test_a_prepay_that_wechat_could_never_accept_is_not_sent(
    wechat: WechatPay, server: ScriptedServer, changed: dict[str, Any]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each of the eleven has its own sentence
        wechat.prepay(replace(PREPAY, **changed))
    assert server.asked == []


@pytest.mark.parametrize(
    "changed", [{"refund_fen": 2401}, {"refund_fen": 0}, {"refund_no": "a/b"}, {"reason": "长" * 81}]
)
def test_a_refund_that_wechat_could_never_accept_is_not_sent(
    wechat: WechatPay, server: ScriptedServer, changed: dict[str, Any]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each of the four has its own sentence
        wechat.refund(replace(REFUND, **changed))
    assert server.asked == []
