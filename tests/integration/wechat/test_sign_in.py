"""From the page on which a user is chosen to the openid, with the members' real client."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from deploy.wechat_simulator.testing import RunningSimulator
from services.members.providers.wechat_sign_in import (
    CodeRefused,
    SignInUnavailable,
    WechatSignInClient,
    WechatSignInSettings,
)

BACK = "http://127.0.0.1:8080/sign-in?from=home#top"
TIMEOUT_S = 10


@pytest.fixture
def client(simulator: RunningSimulator) -> WechatSignInClient:
    return WechatSignInClient(WechatSignInSettings.from_environment(simulator.environment))


def wish(simulator: RunningSimulator, **changed: str) -> dict[str, str]:
    return {
        "appid": simulator.environment["WECHAT_APP_ID"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s&t=1",
    } | changed


def choose(simulator: RunningSimulator, choice: dict[str, str]) -> str:
    """The code that the page brings home after a choice."""
    address = simulator.environment["WECHAT_AUTHORIZE_URL"]
    answer = requests.post(address, params=wish(simulator), data=choice, allow_redirects=False, timeout=TIMEOUT_S)
    assert answer.status_code == 303
    back = urlsplit(answer.headers["Location"])
    query = parse_qs(back.query)
    assert (back.path, back.fragment, query["from"], query["state"]) == ("/sign-in", "top", ["home"], ["s&t=1"])
    return query["code"][0]


def test_a_listed_user_signs_in_and_is_the_same_person_next_time(
    simulator: RunningSimulator, client: WechatSignInClient
) -> None:
    made = simulator.control("POST", "users", {"name": "王建国<b>", "note": "第一支部"})
    page = requests.get(simulator.environment["WECHAT_AUTHORIZE_URL"], params=wish(simulator), timeout=TIMEOUT_S)
    assert (page.status_code, "王建国&lt;b&gt;" in page.text, "第一支部" in page.text) == (200, True, True)
    assert "模拟微信环境" in page.text
    assert re.search(f'value="{made["openid"]}"', page.text)
    codes = [choose(simulator, {"openid": made["openid"]}) for _ in range(2)]
    assert [client.exchange(code).openid for code in codes] == [made["openid"]] * 2


def test_a_new_name_is_a_new_user_from_then_on(simulator: RunningSimulator, client: WechatSignInClient) -> None:
    openid = client.exchange(choose(simulator, {"name": "  李秀英 "})).openid
    users = {user["openid"]: user["name"] for user in simulator.control("GET", "users")["items"]}
    assert users[openid] == "李秀英"
    assert client.exchange(choose(simulator, {"name": "李秀英"})).openid == openid


def test_a_code_works_once(simulator: RunningSimulator, client: WechatSignInClient) -> None:
    code = choose(simulator, {"name": "李秀英"})
    client.exchange(code)
    with pytest.raises(CodeRefused) as caught:
        client.exchange(code)
    assert caught.value.reason == "used"
    with pytest.raises(CodeRefused) as caught:
        client.exchange("made-up")
    assert caught.value.reason == "invalid"


def test_a_wrong_secret_is_the_administrators_matter(simulator: RunningSimulator) -> None:
    wrong = simulator.environment | {"WECHAT_APP_SECRET": "f" * 32}
    with pytest.raises(SignInUnavailable) as caught:
        WechatSignInClient(WechatSignInSettings.from_environment(wrong)).exchange("any")
    assert caught.value.reason == "configuration"


def test_sign_in_may_be_out_of_order(simulator: RunningSimulator, client: WechatSignInClient) -> None:
    simulator.fault("server_error", operation="sign_in", status=502)
    with pytest.raises(SignInUnavailable) as caught:
        client.exchange("any")
    assert caught.value.reason == "status"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"redirect_uri": "https://elsewhere.example/sign-in"}, "10003"),
        ({"redirect_uri": "http://127.0.0.1:8080.elsewhere.example/"}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"appid": "wx0000000000000000"}, "appid"),
        ({"scope": "everything"}, "10005"),
    ],
)
def test_a_wish_that_is_not_ours_gets_no_code(
    simulator: RunningSimulator, changed: dict[str, str], sentence: str
) -> None:
    address = simulator.environment["WECHAT_AUTHORIZE_URL"]
    for ask in (requests.get, requests.post):
        answer = ask(
            address,
            params=wish(simulator, **changed),
            data={"name": "李秀英"},
            allow_redirects=False,
            timeout=TIMEOUT_S,
        )
        assert (answer.status_code, sentence in answer.text) == (400, True)


def test_an_empty_choice_gets_no_code(simulator: RunningSimulator) -> None:
    address = simulator.environment["WECHAT_AUTHORIZE_URL"]
    answer = requests.post(
        address, params=wish(simulator), data={"name": " "}, allow_redirects=False, timeout=TIMEOUT_S
    )
    assert answer.status_code == 400
