"""A role change, a sign-out everywhere and a disabled account end a session at once, its access token with it (SEC-4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.ended_sessions import EndedSessions
from services.contracts.errors import Unauthenticated
from services.contracts.members.messages import Session
from tests.integration.authority.conftest import Peopled
from tests.integration.authority.story import CALLERS, COUNTY, PEOPLE

ROSTER = "/v1/organisations/{}/members"


@pytest.fixture
def changing(peopled: Peopled) -> Iterator[Peopled]:
    """What a test changes is taken back."""
    with peopled.world.undone():
        yield peopled


def status(peopled: Peopled, session: Session) -> int:
    """What a committee administrator's request gets now."""
    path = ROSTER.format(peopled.known.orgs["t01"])
    return int(peopled.world.ask("GET", path, session).status_code)


def withdraw(peopled: Peopled, office: str) -> int:
    path = f"/v1/role-grants/{peopled.known.offices[office]}"
    admin = peopled.known.sessions["county"]
    return int(peopled.world.ask("DELETE", path, admin, json={"reason": "elected another"}).status_code)


def test_a_withdrawn_role_ends_the_token_before_the_answer_is_out(changing: Peopled) -> None:
    committee = changing.known.sessions["committee"]
    assert status(changing, committee) == 200
    assert withdraw(changing, "committee") == 204
    assert status(changing, committee) == 401


def test_a_given_role_ends_the_token_that_does_not_tell_of_it(changing: Peopled) -> None:
    member = changing.known.sessions["member"]
    path = f"/v1/organisations/{changing.known.orgs['t01b01']}/role-grants"
    given = {
        "member_id": changing.known.people[CALLERS["member"].name],
        "role": "branch_admin",
        "reason": "elected in March",
    }
    assert changing.world.ask("GET", "/v1/dues/mine", member).status_code == 200
    assert changing.world.ask("POST", path, changing.known.sessions["county"], json=given).status_code == 201
    assert changing.world.ask("GET", "/v1/dues/mine", member).status_code == 401
    assert changing.world.ask("GET", "/v1/dues/mine", changing.known.sessions["relative"]).status_code == 200


def test_signing_out_everywhere_ends_this_token_too(changing: Peopled) -> None:
    member = changing.known.sessions["member"]
    assert changing.world.ask("DELETE", "/v1/sessions", member).status_code == 204
    assert changing.world.ask("GET", "/v1/me", member).status_code == 401


def test_another_gateway_knows_with_its_next_look(changing: Peopled) -> None:
    """Which it takes twice a second; before the first one no office is believed at all."""
    elsewhere = EndedSessions(changing.world.stubs, COUNTY)
    caller = changing.world.tokens.caller(changing.world.tokens.issue(changing.known.sessions["committee"]))
    assert elsewhere.look()
    elsewhere.check(caller)
    assert withdraw(changing, "committee") == 204
    assert elsewhere.look()
    with pytest.raises(Unauthenticated):
        elsewhere.check(caller)


def test_a_disabled_account_is_seen_however_it_was_disabled(changing: Peopled) -> None:
    disabled = changing.known.sessions["disabled"]
    assert PEOPLE["disabled"].disabled
    assert changing.world.ask("GET", "/v1/me", disabled).status_code == 401
    with pytest.raises(Unauthenticated):
        changing.world.ended.check(changing.world.tokens.caller(changing.world.tokens.issue(disabled)))


def test_without_the_look_the_token_of_a_withdrawn_role_works_on(
    changing: Peopled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EndedSessions, "look", lambda *_: True)
    assert withdraw(changing, "committee") == 204
    assert status(changing, changing.known.sessions["committee"]) == 200
