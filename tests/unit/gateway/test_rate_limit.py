"""Rate limits: by address before a token is read, by person after; narrow where something can be guessed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.middleware.counters import BoundedCounters
from gateway.middleware.rate_limit import POLICIES, AddressFinder
from gateway.operation import Limit
from services.contracts.dues import methods as dues
from services.contracts.dues.errors import ReceiptNotFound
from services.contracts.dues.messages import Beneficiaries
from services.contracts.members import methods as members
from services.contracts.members.messages import FoundPersons
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway

CHECK = "/v1/receipt-checks/7KQ2MX9TRB4WHC6D"


def not_found(_: object) -> object:
    raise ReceiptNotFound


def finding(gateway: Gateway, token: str) -> int:
    return gateway.ask(
        "POST", "/v1/dues/beneficiaries", token=token, json={"name": "王芳", "phone_tail": "1234"}
    ).status_code


@pytest.fixture
def find(gateway: Gateway) -> Gateway:
    gateway.services.on(members.FIND_PERSON, lambda _: FoundPersons(items=()))
    gateway.services.on(dues.ADD_BENEFICIARIES, lambda _: Beneficiaries(items=()))
    return gateway


def test_person_who_guesses_at_others_is_stopped_and_others_are_not(find: Gateway) -> None:
    (most, _), _ = POLICIES[Limit.FIND_PERSON].person
    guesser, other = find.token(), find.token()
    assert [finding(find, guesser) for _ in range(most)] == [200] * most
    assert finding(find, guesser) == 429
    assert finding(find, other) == 200


def test_refused_request_makes_no_call_and_says_when_to_come_again(find: Gateway) -> None:
    token = find.token()
    (most, _), _ = POLICIES[Limit.FIND_PERSON].person
    for _ in range(most):
        finding(find, token)
    before = len(find.services.sent)
    answer = find.ask("POST", "/v1/dues/beneficiaries", token=token, json={"name": "王芳", "phone_tail": "1234"})
    assert (answer.status_code, answer.json["code"]) == (429, "rate.limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.headers["RateLimit"].startswith('"person";r=0;t=')
    assert len(find.services.sent) == before


def test_address_is_stopped_where_nobody_is_signed_in(gateway: Gateway) -> None:
    gateway.services.on(dues.CHECK_RECEIPT, not_found)
    ((most, _),) = POLICIES[Limit.CHECK].address
    seen = [gateway.ask("GET", CHECK).status_code for _ in range(most + 1)]
    assert seen == [404] * most + [429]


def test_answer_says_how_much_is_left(gateway: Gateway) -> None:
    gateway.services.on(dues.GET_MY_DUES, lambda _: views.my_dues())
    answer = gateway.ask("GET", "/v1/dues/mine", token=gateway.token())
    ((most, _),) = POLICIES[Limit.READ].person
    assert answer.headers["RateLimit-Policy"] == f'"person";q={most};w=60'
    assert answer.headers["RateLimit"].startswith(f'"person";r={most - 1};t=')


def test_scale_widens_every_limit(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, GATEWAY_RATE_LIMIT_SCALE="3")
    gateway.services.on(dues.CHECK_RECEIPT, not_found)
    ((most, _),) = POLICIES[Limit.CHECK].address
    seen = [gateway.ask("GET", CHECK).status_code for _ in range(3 * most + 1)]
    assert seen == [404] * (3 * most) + [429]


def test_forwarded_address_is_believed_only_behind_proxies_of_ours(tmp_path: Path) -> None:
    """Without the setting a client could give itself a new address with each request."""
    ((most, _),) = POLICIES[Limit.CHECK].address

    def last_of(gateway: Gateway) -> int:
        gateway.services.on(dues.CHECK_RECEIPT, not_found)
        seen = [
            gateway.ask("GET", CHECK, headers={"X-Forwarded-For": f"10.0.{n // 250}.{n % 250}"}).status_code
            for n in range(most + 1)
        ]
        return seen[-1]

    assert last_of(Gateway(tmp_path / "bare")) == 429
    assert last_of(Gateway(tmp_path / "behind", GATEWAY_TRUSTED_PROXIES="1")) == 404


@pytest.mark.parametrize(
    ("trusted", "remote", "forwarded", "counted_as"),
    [
        (0, "203.0.113.9", "1.1.1.1", "203.0.113.9"),
        (1, "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "not an address", "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "::ffff:203.0.113.9", "", "203.0.113.9"),
        (0, "", "", "unknown"),
    ],
)
def test_address_that_counts(trusted: int, remote: str, forwarded: str, counted_as: str) -> None:
    from falcon import testing

    from gateway.http import Request

    environment = testing.create_environ(headers={"X-Forwarded-For": forwarded})
    environment["REMOTE_ADDR"] = remote
    assert AddressFinder(trusted).address_of(Request(environment)) == counted_as


def test_counters_never_grow_beyond_their_bound() -> None:
    counters = BoundedCounters(most=100)
    for number in range(1_000):
        counters.count(("read", 60, str(number)))
    assert len(counters) <= 100


def test_full_counters_drop_first_what_has_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: now_s[0])
    counters = BoundedCounters(most=10)
    short = [("read", 1, str(number)) for number in range(5)]
    long = [("read", 60, str(number)) for number in range(5)]
    for key in short + long:
        counters.count(key)
    now_s[0] += 2
    assert counters.count(("read", 60, "new")) == (1, 60.0)
    assert len(counters) == 6
    assert [counters.count(key)[0] for key in long] == [2] * 5


def test_window_begins_again_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: now_s[0])
    counters = BoundedCounters()
    key = ("read", 60, "somebody")
    assert [counters.count(key)[0] for _ in range(3)] == [1, 2, 3]
    now_s[0] += 59
    assert counters.count(key) == (4, 1.0)
    now_s[0] += 1
    assert counters.count(key) == (1, 60.0)


def test_windows_of_one_person_do_not_count_for_each_other() -> None:
    counters = BoundedCounters()
    for _ in range(3):
        counters.count(("find_person:person", 60, "somebody"))
    assert counters.count(("find_person:person", 86_400, "somebody"))[0] == 1
    assert counters.count(("find_person:address", 60, "somebody"))[0] == 1
    assert counters.count(("find_person:person", 60, "another"))[0] == 1
