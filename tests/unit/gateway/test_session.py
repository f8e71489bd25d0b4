"""Who asks: tokens, gates, the cookie and its guard against pages of other sites."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from gateway.tokens import CLAIMS, LIFE_S, MAX_TOKEN, Tokens
from services.contracts.caller import MAX_GRANTS, CallerKind, Grant, Role
from services.contracts.common import Nothing
from services.contracts.dues import methods as dues
from services.contracts.errors import Unauthenticated
from services.contracts.members import methods as members
from services.contracts.members.errors import SessionEnded
from services.contracts.members.messages import Session
from services.contracts.values import org_path
from tests.unit.gateway import views
from tests.unit.gateway.kit import NOW, Gateway, session_of

REFRESH = "/v1/sessions/refresh"


def changed(token: str, key: bytes, change: Callable[[dict[str, Any]], None]) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    change(claims)
    return jwt.encode(claims, key, algorithm="HS256")


def test_token_comes_back_as_the_same_person(gateway: Gateway) -> None:
    session = session_of(Role.BRANCH_ADMIN, Role.FINANCE)
    caller = gateway.tokens.caller(gateway.tokens.issue(session))
    assert caller.kind is CallerKind.PERSON
    assert (caller.account_id, caller.member_id, caller.session_id) == (
        session.account_id,
        session.member_id,
        session.session_id,
    )
    assert caller.grants == session.grants


def test_person_without_membership_has_none_in_the_token(gateway: Gateway) -> None:
    assert gateway.tokens.caller(gateway.token(member=False)).member_id is None


def test_token_of_the_widest_office_is_still_read(gateway: Gateway) -> None:
    longest = org_path(".".join(["x" * 32] * 8))
    grants = tuple(Grant(role=Role.COMMITTEE_ADMIN, org_id=views.ID, path=longest) for _ in range(MAX_GRANTS))
    narrow = session_of()
    session = Session(**{name: getattr(narrow, name) for name in Session.__dataclass_fields__} | {"grants": grants})
    token = gateway.tokens.issue(session)
    assert len(token) <= MAX_TOKEN
    assert gateway.tokens.caller(token).grants == grants


def test_token_ends_after_its_life(gateway: Gateway) -> None:
    token = gateway.token()
    gateway.clock.advance(timedelta(seconds=LIFE_S - 1))
    gateway.tokens.caller(token)
    gateway.clock.advance(timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        gateway.tokens.caller(token)


@pytest.mark.parametrize("claim", CLAIMS)
def test_token_without_one_of_its_claims_is_refused(gateway: Gateway, claim: str) -> None:
    key = gateway.settings.token_key.reveal()
    with pytest.raises(Unauthenticated):
        gateway.tokens.caller(changed(gateway.token(), key, lambda claims: claims.pop(claim)))


def test_token_of_another_key_county_or_longer_life_is_refused(gateway: Gateway) -> None:
    key = gateway.settings.token_key.reveal()
    forged = [
        changed(gateway.token(), b"another key of thirty-two bytes!", lambda _claims: None),
        changed(gateway.token(), key, lambda claims: claims.update(cid="mianyang")),
        changed(gateway.token(), key, lambda claims: claims.update(exp=claims["exp"] + 1)),
        changed(gateway.token(), key, lambda claims: claims.update(exp=str(claims["exp"]))),
        changed(gateway.token(), key, lambda claims: claims.update(gr=[["emperor", views.ID, "yt"]])),
        "x" * (MAX_TOKEN + 1),
        "",
        "a.b.c",
    ]
    for token in forged:
        with pytest.raises(Unauthenticated):
            gateway.tokens.caller(token)


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_token_under_another_algorithm_is_refused(gateway: Gateway, algorithm: str) -> None:
    claims = jwt.decode(gateway.token(), options={"verify_signature": False})
    if algorithm == "none":
        parts = [json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims)]
        token = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."
    else:
        token = jwt.encode(claims, gateway.settings.token_key.reveal() * 2, algorithm=algorithm)
    with pytest.raises(Unauthenticated):
        gateway.tokens.caller(token)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer nonsense"])
def test_nobody_reaches_a_service_where_sign_in_is_needed(gateway: Gateway, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = gateway.ask("GET", "/v1/dues/mine", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "session.needed")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not gateway.services.sent


def test_gate_of_members_and_of_roles_is_kept(gateway: Gateway) -> None:
    no_member = gateway.ask("GET", "/v1/dues/mine", token=gateway.token(member=False))
    no_role = gateway.ask("POST", "/v1/dues/months", token=gateway.token(Role.BRANCH_ADMIN), json={"month": "2026-09"})
    assert [(one.status_code, one.json["code"]) for one in (no_member, no_role)] == [(403, "authority.missing")] * 2
    assert not gateway.services.sent


def test_open_operation_needs_no_token_and_passes_none_on(gateway: Gateway) -> None:
    gateway.services.on(dues.GET_PROFILE, lambda _: views.profile())
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Bearer {gateway.token()}"}):
        assert gateway.ask("GET", "/v1/dues/rule-profile", headers=headers).status_code == 200
    assert {call.caller.kind for call in gateway.services.calls} == {CallerKind.ANONYMOUS}


def refreshed(gateway: Gateway, **headers: str) -> Any:
    return gateway.ask("POST", REFRESH, headers={"Cookie": f"refresh={'r' * 43}", **headers})


def test_cookie_renews_the_access_token_and_is_replaced(gateway: Gateway) -> None:
    session = session_of()
    gateway.services.on(members.REFRESH_SESSION, lambda _: session)
    answer = refreshed(gateway)
    assert answer.status_code == 200
    assert gateway.tokens.caller(answer.json["access_token"]).account_id == session.account_id
    assert answer.json["expires_in_s"] == LIFE_S
    assert gateway.services.calls[0].request.refresh_token == "r" * 43
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"refresh={session.refresh_token};")
    for part in ("HttpOnly", "SameSite=Strict", "Path=/v1/sessions", f"Max-Age={30 * 86_400}"):
        assert part in cookie
    assert "Secure" not in cookie
    assert session.refresh_token not in answer.text


def test_cookie_is_secure_where_the_address_is(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, PUBLIC_URL="https://dy.example.cn")
    gateway.services.on(members.REFRESH_SESSION, lambda _: session_of())
    answer = refreshed(gateway)
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_session_that_has_ended_takes_its_cookie_along(gateway: Gateway) -> None:
    def ended(_: object) -> Session:
        raise SessionEnded

    gateway.services.on(members.REFRESH_SESSION, ended)
    answer = refreshed(gateway)
    assert (answer.status_code, answer.json["code"]) == (401, "members.session_ended")
    assert answer.headers["Set-Cookie"].startswith('refresh="";')


@pytest.mark.parametrize("cookie", ["", "refresh=", "refresh=short", "other=1"])
def test_renewal_without_a_usable_cookie_asks_nobody(gateway: Gateway, cookie: str) -> None:
    answer = gateway.ask("POST", REFRESH, headers={"Cookie": cookie})
    assert (answer.status_code, answer.json["code"]) == (401, "members.session_ended")
    assert not gateway.services.sent


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8080"},
        {"Origin": "http://127.0.0.1:8080.evil.example"},
    ],
)
def test_page_of_another_site_can_not_use_the_cookie(gateway: Gateway, headers: dict[str, str]) -> None:
    answer = refreshed(gateway, **headers)
    assert (answer.status_code, answer.json["code"]) == (403, "session.foreign_origin")
    assert not gateway.services.sent


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1:8080"}, {"Origin": "http://falconframework.org"}, {}])
def test_own_page_can(gateway: Gateway, headers: dict[str, str]) -> None:
    """The second one is the host that the test client itself speaks to."""
    gateway.services.on(members.REFRESH_SESSION, lambda _: session_of())
    assert refreshed(gateway, **headers).status_code == 200


def test_cookie_alone_opens_nothing_else(gateway: Gateway) -> None:
    for method, path in (("GET", "/v1/sessions"), ("DELETE", "/v1/sessions"), ("DELETE", "/v1/sessions/current")):
        answer = gateway.ask(method, path, headers={"Cookie": f"refresh={'r' * 43}"})
        assert answer.status_code == 401


def test_signing_out_takes_the_cookie_along(gateway: Gateway) -> None:
    gateway.services.on(members.END_SESSION, lambda _: Nothing())
    gateway.services.on(members.END_ALL_SESSIONS, lambda _: Nothing())
    for path in ("/v1/sessions/current", "/v1/sessions"):
        answer = gateway.ask("DELETE", path, token=gateway.token())
        assert answer.status_code == 204
        assert answer.headers["Set-Cookie"].startswith('refresh="";')
        assert "Path=/v1/sessions" in answer.headers["Set-Cookie"]


def test_clock_of_the_tokens_is_the_injected_one(gateway: Gateway) -> None:
    later = Tokens(gateway.settings.token_key.reveal(), "yanting", gateway.clock)
    token = later.issue(session_of())
    assert jwt.decode(token, options={"verify_signature": False})["iat"] == int(NOW.timestamp())
