"""One deadline for a request, from its start, whatever it consists of; the time that the sender takes is his own."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from gateway import http
from gateway.middleware import trace
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import JsapiParameters
from services.contracts.members import methods as members
from services.contracts.members.messages import WeChatIdentity
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway

PAYMENT = f"/v1/dues/orders/{views.ID}/payment"
ORDER = {"lines": [{"member_id": views.ID, "month": "2026-09"}], "expected_total_fen": 20}


class Hours:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def taking(self, seconds: float, answer: Any) -> Callable[[object], Any]:
        """Something that answers after so many seconds."""

        def handle(_: object) -> Any:
            self.now_s += seconds
            return answer

        return handle


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Hours:
    made = Hours()
    monkeypatch.setattr(http, "monotonic", made)
    monkeypatch.setattr(trace, "monotonic", made)
    return made


def bridge() -> JsapiParameters:
    return JsapiParameters(
        app_id="wx0000000000000001",
        time_stamp="1789000000",
        nonce_str="n" * 32,
        package="prepay_id=wx1",
        sign_type="RSA",
        pay_sign="s" * 100,
    )


def test_second_call_gets_what_the_first_left(gateway: Gateway, clock: Hours) -> None:
    gateway.services.on(members.GET_WECHAT_IDENTITY, clock.taking(4.0, WeChatIdentity(openid="o" * 28)))
    gateway.services.on(dues.PREPARE_PAYMENT, lambda _: bridge())
    assert gateway.ask("POST", PAYMENT, token=gateway.token()).status_code == 200
    first, second = gateway.services.sent
    assert first.timeout_s == members.GET_WECHAT_IDENTITY.timeout_s
    assert second.timeout_s == dues.PREPARE_PAYMENT.timeout_s - 4.0


def test_no_call_is_made_when_no_time_is_left(gateway: Gateway, clock: Hours) -> None:
    late = dues.PREPARE_PAYMENT.timeout_s
    gateway.services.on(members.GET_WECHAT_IDENTITY, clock.taking(late, WeChatIdentity(openid="o" * 28)))
    answer = gateway.ask("POST", PAYMENT, token=gateway.token())
    assert (answer.status_code, answer.json["code"]) == (503, "deadline_passed")
    assert "Retry-After" in answer.headers
    assert [call.routing_key for call in gateway.services.sent] == ["members.get_wechat_identity"]


def test_sender_who_takes_his_time_takes_none_of_the_services(gateway: Gateway, clock: Hours) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            clock.now_s += 20.0
            return super().read(size)

    gateway.services.on(dues.PLACE_ORDER, lambda _: views.order())
    body = orjson.dumps(ORDER)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    answer = gateway.ask(
        "POST", "/v1/dues/orders", token=gateway.token(), headers=headers, extras={"wsgi.input": Slow(body)}
    )
    assert answer.status_code == 201
    (call,) = gateway.services.sent
    assert call.timeout_s == dues.PLACE_ORDER.timeout_s
