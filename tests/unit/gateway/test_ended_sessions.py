"""An access token ends with its session (SEC-4): what the gateway knows of ends, and what it does without news."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import ended_sessions
from gateway.app import operations
from gateway.ended_sessions import CHANGING, MAX_KEPT, OVERLAP_S, STALE_S, EndedSessions, may_end_sessions
from gateway.routes import ROUTES
from gateway.tokens import LIFE_S
from services.chassis.ids import new_id
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.dues import methods as dues
from services.contracts.errors import Unauthenticated, Unavailable
from services.contracts.members import messages as m
from services.contracts.members import methods as members
from services.contracts.values import org_path
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway, session_of

SIGN_OUT = "/v1/sessions"


class Watch:
    """A watch with its own time, over a members service that says what it is told to say."""

    def __init__(self, gateway: Gateway) -> None:
        self.now = 1_000.0
        self.ended: tuple[str, ...] = ()
        self.asked: list[int] = []
        self.silent = False
        gateway.services.on(members.LIST_ENDED_SESSIONS, self._answer)
        self.watch = EndedSessions(gateway.stubs, "yanting", lambda: self.now)

    def _answer(self, asked: m.ListEndedSessions) -> m.EndedSessions:
        if self.silent:
            raise Unavailable
        self.asked.append(asked.within_s)
        return m.EndedSessions(ids=self.ended)


@pytest.fixture
def watch(gateway: Gateway) -> Watch:
    return Watch(gateway)


def person(*roles: Role) -> Caller:
    grants = tuple(Grant(role=role, org_id=new_id(), path=org_path("yt.t03.b012")) for role in roles)
    return Caller(kind=CallerKind.PERSON, county_id="yanting", account_id=new_id(), session_id=new_id(), grants=grants)


def test_a_session_that_ended_is_refused_and_others_go_on(watch: Watch) -> None:
    ended, other = person(), person()
    watch.ended = (str(ended.session_id),)
    assert watch.watch.look()
    watch.watch.check(other)
    with pytest.raises(Unauthenticated):
        watch.watch.check(ended)


def test_first_look_goes_back_a_tokens_life_and_later_ones_to_the_one_before(watch: Watch) -> None:
    watch.watch.look()
    watch.now += 3
    watch.watch.look()
    watch.silent, watch.now = True, watch.now + 40
    assert not watch.watch.look()
    watch.silent, watch.now = False, watch.now + 40
    watch.watch.look()
    watch.now += 10_000
    watch.watch.look()
    assert watch.asked == [LIFE_S + OVERLAP_S, 4 + OVERLAP_S, 81 + OVERLAP_S, LIFE_S + OVERLAP_S]


def test_without_news_members_go_on_and_offices_wait(watch: Watch) -> None:
    member, office = person(Role.MEMBER), person(Role.MEMBER, Role.BRANCH_ADMIN)
    watch.watch.check(member)
    with pytest.raises(Unavailable):
        watch.watch.check(office)
    watch.watch.look()
    watch.now += STALE_S
    watch.watch.check(office)
    watch.now += 1
    watch.watch.check(member)
    with pytest.raises(Unavailable):
        watch.watch.check(office)


def test_no_more_ends_are_kept_than_the_bound(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_KEPT == 20_000
    monkeypatch.setattr(ended_sessions, "MAX_KEPT", 2)
    first, *later = [person() for _ in range(3)]
    watch.ended = tuple(str(one.session_id) for one in (first, *later))
    watch.watch.look()
    watch.watch.check(first)
    for one in later:
        with pytest.raises(Unauthenticated):
            watch.watch.check(one)


def test_token_of_an_ended_session_reaches_no_service(gateway: Gateway) -> None:
    session = session_of()
    token = gateway.tokens.issue(session)
    gateway.services.on(dues.GET_PROFILE, lambda _: views.profile())
    gateway.services.on(members.END_ALL_SESSIONS, lambda request: request)
    gateway.services.on(members.LIST_ENDED_SESSIONS, lambda _: m.EndedSessions(ids=(session.session_id,)))
    assert gateway.ask("DELETE", SIGN_OUT, token=token).status_code == 204
    sent = len(gateway.services.sent)
    refused = gateway.ask("DELETE", SIGN_OUT, token=token)
    assert (refused.status_code, refused.json["code"]) == (401, "session.needed")
    assert len(gateway.services.sent) == sent
    assert gateway.ask("GET", "/v1/dues/rule-profile", token=token).status_code == 200, (
        "an open operation asks for nobody"
    )


def test_a_refused_sign_out_and_a_read_ask_for_no_news(gateway: Gateway) -> None:
    asked: list[Any] = []
    gateway.services.on(members.LIST_ENDED_SESSIONS, lambda request: asked.append(request) or m.EndedSessions(ids=()))
    gateway.services.on(members.LIST_SESSIONS, lambda _: m.DeviceSessions(items=()))
    assert gateway.ask("DELETE", SIGN_OUT).status_code == 401
    assert gateway.ask("GET", SIGN_OUT, token=gateway.token()).status_code == 200
    assert asked == []


def test_every_method_that_may_end_sessions_is_a_command_of_members(gateway: Gateway) -> None:
    for key in CHANGING:
        assert members.TABLE.methods[key.removeprefix("members.")].kind == "command"
    assert not any(may_end_sessions(one) for one in _reads())


def _reads() -> list[Any]:

    return [declared for _, _, declared in operations(ROUTES) if not declared.writes]
