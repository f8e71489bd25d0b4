"""Signing in: each step's answer, and what never leaves the gateway."""

from __future__ import annotations

import io
from datetime import timedelta

import orjson
import pytest

from services.contracts.caller import CallerKind, Role
from services.contracts.members import methods as members
from services.contracts.members.errors import SignInLocked, SignInRefused
from services.contracts.members.messages import SignInResult, SignInStep
from tests.unit.gateway.kit import NOW, Gateway, session_of

PASSWORD = {"phone": "13800001234", "password": "correct horse"}


def test_right_password_gives_an_access_token_and_a_cookie_but_never_the_refresh_token(gateway: Gateway) -> None:
    session = session_of()
    gateway.services.on(
        members.SIGN_IN_WITH_PASSWORD, lambda _: SignInResult(step=SignInStep.SIGNED_IN, session=session)
    )
    answer = gateway.ask("POST", "/v1/sign-ins/password", json=PASSWORD)
    assert answer.status_code == 200
    assert answer.json["step"] == "signed_in"
    assert gateway.tokens.caller(answer.json["access_token"]).session_id == session.session_id
    assert set(answer.json) == {"step", "access_token", "expires_in_s", "challenge", "binding_token"}
    assert session.refresh_token not in answer.text
    assert f"refresh={session.refresh_token};" in answer.headers["Set-Cookie"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert gateway.services.calls[0].caller.kind is CallerKind.ANONYMOUS


@pytest.mark.parametrize(
    ("step", "field"), [(SignInStep.SECOND_FACTOR, "challenge"), (SignInStep.BINDING, "binding_token")]
)
def test_step_that_is_not_the_last_gives_no_token(gateway: Gateway, step: SignInStep, field: str) -> None:
    gateway.services.on(members.SIGN_IN_WITH_WECHAT, lambda _: SignInResult(step=step, **{field: "t" * 32}))
    answer = gateway.ask("POST", "/v1/sign-ins/wechat", json={"code": "0a1b2c"})
    assert (answer.json["step"], answer.json[field]) == (step.value, "t" * 32)
    assert answer.json["access_token"] is None
    assert "Set-Cookie" not in answer.headers


def test_code_of_wechat_is_never_sent_twice_by_the_gateway_itself(gateway: Gateway) -> None:
    """The code works once: a second try after a lost connection could only spoil the first one's answer."""
    result = SignInResult(step=SignInStep.SIGNED_IN, session=session_of())
    gateway.services.on(members.SIGN_IN_WITH_WECHAT, lambda _: result)
    gateway.services.on(members.SIGN_IN_WITH_PASSWORD, lambda _: result)
    gateway.ask("POST", "/v1/sign-ins/wechat", json={"code": "0a1b2c"})
    gateway.ask("POST", "/v1/sign-ins/password", json=PASSWORD)
    assert [(call.repeatable, call.slow) for call in gateway.services.sent] == [(False, True), (True, False)]


def test_every_door_of_sign_in_leads_to_its_method(gateway: Gateway) -> None:
    result = SignInResult(step=SignInStep.SIGNED_IN, session=session_of())
    doors = {
        "/v1/sign-ins/second-factor": (members.ANSWER_SECOND_FACTOR, {"challenge": "c" * 32, "code": "123456"}),
        "/v1/sign-ins/wechat-bindings": (
            members.BIND_WECHAT,
            {"binding_token": "b" * 32, "name": "王芳", "id_number_tail": "12345X", "phone": "13800001234"},
        ),
        "/v1/activations": (
            members.ACTIVATE,
            {"phone": "13800001234", "code": "7KQ2MX9T", "password": "correct horse"},
        ),
    }
    for path, (method, body) in doors.items():
        gateway.services.on(method, lambda _: result)
        assert gateway.ask("POST", path, json=body).json["step"] == "signed_in", path
    assert [call.method for call in gateway.services.calls] == [method.routing_key for method, _ in doors.values()]


def test_refusals_say_the_same_for_all_and_a_lock_says_until_when(gateway: Gateway) -> None:
    def refuse(_: object) -> SignInResult:
        raise SignInRefused

    def lock(_: object) -> SignInResult:
        raise SignInLocked(locked_until=(NOW + timedelta(minutes=15)).isoformat())

    gateway.services.on(members.SIGN_IN_WITH_PASSWORD, refuse)
    refused = gateway.ask("POST", "/v1/sign-ins/password", json=PASSWORD)
    assert (refused.status_code, refused.json["code"]) == (401, "members.sign_in_refused")
    gateway.services.on(members.SIGN_IN_WITH_PASSWORD, lock)
    locked = gateway.ask("POST", "/v1/sign-ins/password", json=PASSWORD)
    assert (locked.status_code, locked.json["code"]) == (429, "members.sign_in_locked")
    assert locked.json["locked_until"].startswith("2026-09-15T06:15")
    assert locked.headers["Retry-After"] == "Tue, 15 Sep 2026 06:15:00 GMT"


def test_log_names_routes_and_traces_but_nothing_that_was_asked(gateway: Gateway, log: io.BytesIO) -> None:
    person = "01990000-0000-7000-8000-000000000001"
    trace = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    gateway.ask("POST", "/v1/sign-ins/password", json=PASSWORD)
    path = f"/v1/organisations/{person}/members"
    gateway.ask("GET", path, token=gateway.token(Role.COUNTY_ADMIN), query_string="query=13800001234", headers=trace)
    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["route"] for line in requests] == ["/v1/sign-ins/password", "/v1/organisations/{id}/members"]
    assert requests[1]["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    for personal in ("13800001234", "correct horse", person):
        assert personal.encode() not in log.getvalue()
