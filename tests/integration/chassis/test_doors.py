"""What the doors promise beyond well-formed messages: processes that end in the middle, lost connections, stops. Both ways of
carrying messages; a real broker, a service in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import kombu
import orjson
import pytest

from deploy.local.stack import Stack
from services.chassis.declare import declare_queues
from services.chassis.ids import new_id
from services.contracts import topology
from services.contracts.envelope import EVENT_EXCHANGE
from services.contracts.topology import CALL_TRIES, DELIVERY_LIMIT
from tests.integration.chassis.courier import Courier, entry, table, text, within
from tests.integration.chassis.trial import CALLS, EVENTS, NAME, SLOW_S, Trial

END_S = 20.0
STARTS = 2 * CALL_TRIES
MANY = 5


def tell(courier: Courier, words: str, **properties: bytes) -> None:
    head = {"specversion": "1.0", "id": new_id(), "source": NAME, "type": f"{NAME}.told", "subject": "one"}
    event = {**head, "time": "2026-09-15T08:00:00+08:00", "data": {"text": words}}
    usual = {"content_type": b"application/json", "delivery_mode": b"\x02"}
    courier.put(EVENT_EXCHANGE, b"trial.told", orjson.dumps(event), usual | properties)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("doors")) as running:
        yield running


@pytest.fixture
def courier(stack: Stack) -> Iterator[Courier]:
    topology.LISTENERS[NAME] = ("trial.told",)
    live = (topology.rpc_spec(NAME), topology.event_spec(NAME))
    specs = (*live, *(topology.dead_spec(one.name) for one in live))
    with kombu.Connection(stack.amqp_uri) as connection:
        declare_queues(connection, specs)
    with closing(Courier(stack.amqp_uri)) as opened:
        yield opened
        for spec in specs:
            opened.delete(spec.name)
    del topology.LISTENERS[NAME]


@pytest.fixture(params=["fast", "stock"])
def trial(request: pytest.FixtureRequest, stack: Stack, courier: Courier) -> Iterator[Trial]:
    opened = Trial(stack.amqp_uri, request.param, courier)
    yield opened
    opened.close()


def test_a_call_that_ends_its_process_ends_three_and_no_more(trial: Trial, courier: Courier) -> None:
    trial.ask("end")
    assert trial.ends(STARTS) == CALL_TRIES
    dead = within(lambda: courier.get(topology.dead_queue(CALLS)))
    assert dead.headers["x-reason"].startswith("ends_its_process")
    errors = [one["error"]["exc_type"] for one in courier.answers_within(1.0) if one["error"]]
    assert errors == ["internal"]


def test_uncounted_it_ends_every_process(trial: Trial, courier: Courier) -> None:
    """The twin."""
    trial.ask("end")
    assert trial.ends(CALL_TRIES + 2, "uncounted") == CALL_TRIES + 2


def test_an_event_that_ends_its_process_is_parked_by_the_broker(trial: Trial, courier: Courier) -> None:
    tell(courier, "end")
    assert trial.ends(2 * DELIVERY_LIMIT) == DELIVERY_LIMIT + 1
    assert courier.fate(EVENTS).reason == "delivery_limit"


@pytest.mark.parametrize("count", [None, b"many"])
def test_an_event_that_fails_comes_again_and_is_then_parked(
    trial: Trial, courier: Courier, count: bytes | None
) -> None:
    child = trial.ready()
    garbage = {"headers": table(entry(b"x-delivery-count", b"S", text(count)))} if count else {}
    tell(courier, "fail", **garbage)
    assert courier.fate(EVENTS).reason == "delivery_limit"
    assert child.poll() is None


def test_an_event_is_acknowledged_after_its_handler_only(trial: Trial, courier: Courier) -> None:
    """Killed in the middle of the handler, the process leaves the event to the next one."""
    trial.ready()
    tell(courier, "wait")
    within(lambda: True if trial.begun() else None)
    assert trial.left() == 1
    trial.ready()
    within(lambda: True if trial.begun() else None)
    time.sleep(SLOW_S + 1)
    assert trial.left() == 0
    assert courier.fate_now(EVENTS) is None


@pytest.mark.parametrize("method", ["fail", "answer_nonsense"])
def test_a_bug_is_answered_as_one(trial: Trial, courier: Courier, method: str) -> None:
    child = trial.ready()
    trial.ask(method)
    assert courier.answer()["error"]["exc_type"] == "internal"
    assert child.poll() is None


def test_an_answer_of_many_frames_arrives_whole(trial: Trial, courier: Courier) -> None:
    trial.ready()
    for _ in range(MANY):
        trial.ask("answer_much", "0123456789" * 10)
        trial.ask("echo")
    answers = [courier.answer() for _ in range(2 * MANY)]
    assert sorted(len(one["result"]["text"]) for one in answers) == [5] * MANY + [1_000_000] * MANY


def test_a_stop_lets_calls_end_and_leaves_the_rest(trial: Trial, courier: Courier) -> None:
    child = trial.ready()
    for _ in range(MANY):
        trial.ask("wait")
    within(lambda: True if courier.waiting(CALLS) == 0 else None)
    child.send_signal(signal.SIGTERM)
    assert [courier.answer()["result"] for _ in range(MANY)] == [{"text": "hello"}] * MANY
    assert child.wait(END_S) == 0
    assert trial.left() == 0


def test_calls_go_on_after_the_broker_closes_every_connection(trial: Trial, stack: Stack) -> None:
    child = trial.ready()
    close(stack.management_uri, open_connections(stack.management_uri))
    trial.courier.reopen()
    within(lambda: True if trial.listens() else None)
    for _ in range(MANY):
        trial.ask("echo")
    assert [trial.courier.answer()["result"] for _ in range(MANY)] == [{"text": "hello"}] * MANY
    assert child.poll() is None


def test_a_call_under_way_when_the_connection_is_lost_is_made_again(trial: Trial, stack: Stack) -> None:
    trial.ready()
    names = open_connections(stack.management_uri)
    trial.ask("wait", reply_to=b"nobody")
    within(lambda: True if trial.begun() == 1 else None)
    close(stack.management_uri, names)
    trial.courier.reopen()
    within(lambda: True if trial.begun() == 2 else None)
    time.sleep(SLOW_S + 1)
    assert trial.left() == 0
    assert trial.courier.fate_now(CALLS) is None


def test_a_connection_that_an_answer_finds_lost_is_opened_again_with_its_consumers(trial: Trial) -> None:
    child = trial.ready()
    trial.ask("cut")
    assert trial.courier.answer()["result"] == {"text": "hello"}
    trial.ask("echo")
    assert trial.courier.answer()["result"] == {"text": "hello"}
    assert child.poll() is None


def test_twin_on_the_connection_that_kombu_makes_nothing_comes_in(stack: Stack, courier: Courier) -> None:
    with closing(Trial(stack.amqp_uri, "fast", courier)) as trial:
        child = trial.ready("reconnecting")
        trial.ask("cut")
        time.sleep(SLOW_S)
        assert child.poll() is None
        assert not trial.listens()


def open_connections(management: str) -> list[str]:
    """The service's and the courier's; the broker's list lags behind."""

    def names() -> list[str] | None:
        found = [one["name"] for one in ask_management(management, "GET", "connections")]
        return found if len(found) >= 2 else None

    return within(names)


def close(management: str, names: list[str]) -> None:
    for name in names:
        ask_management(management, "DELETE", f"connections/{urllib.parse.quote(name)}")


def ask_management(management: str, verb: str, path: str) -> Any:
    parts = urllib.parse.urlsplit(management)
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    address = f"http://{parts.hostname}:{parts.port}"
    passwords.add_password(None, address, parts.username or "", parts.password or "", is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(urllib.request.Request(f"{address}/api/{path}", method=verb), timeout=5) as answer:
        return json.loads(answer.read() or b"null")


def test_where_the_setting_is_wrong_nothing_starts() -> None:
    environment = {**os.environ, "CHASSIS_ENTRYPOINTS": "quick"}
    started = subprocess.run(
        [sys.executable, "-m", "services.chassis.run", "dues"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    assert started.returncode == 2
    assert "CHASSIS_ENTRYPOINTS: 'quick' is not usable" in started.stderr
