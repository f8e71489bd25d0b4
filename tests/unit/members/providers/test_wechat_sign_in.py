"""A code becomes an openid once, in bounded time, and neither code nor secret nor openid leaves a trace in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.members.providers import wechat_sign_in
from services.members.providers.wechat_sign_in import (
    CodeRefused,
    SignInUnavailable,
    WechatIdentity,
    WechatSignInClient,
    WechatSignInSettings,
)
from tests.fakes.scripted_server import Reply, ScriptedServer, scripted_server
from tests.fakes.wechat_sign_in import FakeWechatSignIn

SECRET = "0123456789abcdef0123456789abcdef"
OPENID = "oPerson-0123456789"
ENVIRONMENT = {"WECHAT_MODE": "simulated", "WECHAT_APP_ID": "wx01", "WECHAT_APP_SECRET": SECRET}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer) -> WechatSignInClient:
    return WechatSignInClient(WechatSignInSettings("wx01", SECRET, server.url))


def says(value: Any, status: int = 200) -> Reply:
    # The real one labels its JSON as plain text.
    return Reply(status, {"Content-Type": "text/plain"}, json.dumps(value).encode())


def unavailable(client: WechatSignInClient) -> str:
    with pytest.raises(SignInUnavailable) as caught:
        client.exchange("a-code")
    return caught.value.reason


def test_a_code_becomes_an_openid(client: WechatSignInClient, server: ScriptedServer) -> None:
    server.script = lambda _asked: says({"access_token": "t", "openid": OPENID, "scope": "snsapi_base"})
    assert client.exchange("a+code/=&x") == WechatIdentity(OPENID)
    (asked,) = server.asked
    address = urlsplit(asked.path)
    assert address.path == "/sns/oauth2/access_token"
    assert parse_qs(address.query) == {
        "appid": ["wx01"],
        "secret": [SECRET],
        "code": ["a+code/=&x"],
        "grant_type": ["authorization_code"],
    }


def test_a_unionid_is_kept_when_there_is_one(client: WechatSignInClient, server: ScriptedServer) -> None:
    server.script = lambda _asked: says({"openid": OPENID, "unionid": "u1"})
    assert client.exchange("a-code").unionid == "u1"


@pytest.mark.parametrize(("errcode", "reason"), [(40029, "invalid"), (40163, "used"), (42003, "expired")])
def test_a_code_that_is_no_good_is_refused(
    client: WechatSignInClient, server: ScriptedServer, errcode: int, reason: str
) -> None:
    server.script = lambda _asked: says({"errcode": errcode, "errmsg": "invalid code"})
    with pytest.raises(CodeRefused) as caught:
        client.exchange("a-code")
    assert caught.value.reason == reason


@pytest.mark.parametrize(("code", "reason"), [("", "missing"), ("x" * 513, "invalid")])
def test_what_cannot_be_a_code_is_refused_without_asking(
    client: WechatSignInClient, server: ScriptedServer, code: str, reason: str
) -> None:
    with pytest.raises(CodeRefused) as caught:
        client.exchange(code)
    assert (caught.value.reason, server.asked) == (reason, [])


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (says({"errcode": -1, "errmsg": "system error"}), "busy"),
        (says({"errcode": 45011}), "busy"),
        (says({"errcode": 40125, "errmsg": "invalid appsecret"}), "configuration"),
        (says({"errcode": 40164, "errmsg": "invalid ip"}), "configuration"),
        (says({"errcode": ["x"]}), "malformed"),
        (says({"openid": ""}), "malformed"),
        (says({"openid": 7}), "malformed"),
        (says({"openid": "o' or 1=1"}), "malformed"),
        (says([]), "malformed"),
        (Reply(200, {}, b"<html>"), "malformed"),
        (Reply(200, {}, b" " * 20_000), "malformed"),
        (says({"openid": OPENID}, status=500), "status"),
        (Reply(302, {"Location": "http://127.0.0.1:9/"}), "status"),
        (Reply(0), "connection"),
    ],
)
def test_what_is_no_answer_is_unavailable_with_its_reason(
    client: WechatSignInClient, server: ScriptedServer, reply: Reply, reason: str
) -> None:
    server.script = lambda _asked: reply
    assert unavailable(client) == reason
    assert len(server.asked) == 1, "a code works once, so nothing is repeated"


def test_a_server_that_says_nothing_is_given_up(
    client: WechatSignInClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_sign_in, "STEP_TIMEOUT_S", 0.2)
    server.script = lambda _asked: Reply(wait_s=2)
    assert unavailable(client) == "timeout"


def test_a_server_that_drips_is_given_up_in_total(
    client: WechatSignInClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_sign_in, "TOTAL_TIMEOUT_S", 0.4)
    server.script = lambda _asked: Reply(body=b"x" * 50, drip_s=0.1)
    assert unavailable(client) == "timeout"


def test_neither_code_nor_secret_nor_openid_is_logged_or_shown(
    client: WechatSignInClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = lambda _asked: says({"openid": OPENID})
    shown = repr(client.exchange("a-secret-code"))
    server.script = lambda _asked: Reply(0)
    with pytest.raises(SignInUnavailable) as caught:
        client.exchange("a-secret-code")
    assert "wechat sign-in: done" in caplog.text, "the log is there at all"
    for secret in ("a-secret-code", SECRET, OPENID):
        assert secret not in caplog.text + shown + str(caught.value)
    assert SECRET not in repr(WechatSignInSettings("wx01", SECRET))


def test_settings_come_from_the_environment_with_the_real_wechat_by_default() -> None:
    real = ENVIRONMENT | {"WECHAT_MODE": "real"}
    assert WechatSignInSettings.from_environment(real).login_url == "https://api.weixin.qq.com"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "points at the real WeChat"),
        ({"WECHAT_APP_SECRET": ""}, "WECHAT_APP_SECRET is not set"),
        ({"WECHAT_MODE": "maybe"}, "WECHAT_MODE must be one of"),
        ({"WECHAT_MODE": "real", "WECHAT_LOGIN_URL": "http://api.weixin.qq.com"}, "must begin with https"),
        ({"WECHAT_LOGIN_URL": "gopher://127.0.0.1"}, "plain http or https"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        WechatSignInSettings.from_environment(ENVIRONMENT | changes)


def test_the_twin_takes_a_code_once() -> None:
    twin = FakeWechatSignIn()
    code = twin.person_agrees(OPENID)
    assert twin.exchange(code).openid == OPENID
    with pytest.raises(CodeRefused, match="used"):
        twin.exchange(code)
    with pytest.raises(CodeRefused, match="invalid"):
        twin.exchange("another")
