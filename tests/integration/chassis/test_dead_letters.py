"""Dead letters on a real broker: listed and shown without what is personal, replayed to the queue they came from, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import kombu
import orjson
import pytest

from deploy.local.dead_letters import main as make_dlq
from deploy.local.stack import Stack
from services.chassis import dead_letters
from services.chassis.declare import declare
from services.contracts import topology
from services.contracts.envelope import REASON_HEADER, ROUTING_KEY_HEADER, WHOLE_BYTES_HEADER
from tests.integration.chassis.courier import Courier, within

EVENTS, CALLS = "events-dues", "rpc-dues"
PHONE = "13912345678"
IDENTITY = "510723199001011234"


def event(number: int) -> dict[str, Any]:
    return {
        "type": "members.roster_changed",
        "id": f"01890a5d-ac96-774b-bcce-b302099a805{number}",
        "data": {"members": [{"name": "王小明", "phone": PHONE, "identity_number": IDENTITY}]},
    }


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("dead")) as running:
        declare(running.amqp_uri)
        yield running


@pytest.fixture
def uri(stack: Stack) -> str:
    return stack.amqp_uri


@pytest.fixture
def courier(uri: str) -> Iterator[Courier]:
    with closing(Courier(uri)) as opened:
        yield opened
        for spec in topology.queues():
            opened.channel.queue_purge(spec.name)


def park(uri: str, queue: str, body: bytes, **headers: Any) -> None:
    with kombu.Connection(uri) as connection:
        connection.Producer().publish(
            body,
            exchange=topology.DEAD_EXCHANGE,
            routing_key=queue,
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
        )


def park_events(uri: str, courier: Courier, count: int) -> None:
    for number in range(count):
        park(uri, EVENTS, orjson.dumps(event(number)), **{REASON_HEADER: f"request.invalid: of {PHONE}"})
    within(lambda: True if courier.waiting(f"dead-{EVENTS}") == count else None)


def ids(courier: Courier, queue: str) -> list[str]:
    """The messages of a queue, taken from it."""
    found = []
    while (message := courier.get(queue)) is not None:
        found.append(orjson.loads(message.body)["id"][-1])
    return found


def test_the_list_tells_where_what_and_why_and_nothing_personal(
    uri: str, courier: Courier, capsys: pytest.CaptureFixture[str]
) -> None:
    park_events(uri, courier, 2)
    park(uri, CALLS, b"nonsense", **{REASON_HEADER: "request.invalid: body: not JSON", ROUTING_KEY_HEADER: "dues.ping"})
    within(lambda: True if courier.waiting(f"dead-{CALLS}") == 1 else None)
    for arguments in ([], ["list"]):
        assert dead_letters.main(uri, arguments) == 0
        told = capsys.readouterr().out
        assert f"{EVENTS}: 2 dead letters" in told
        assert "   2  members.roster_changed  01890a5d-ac96-774b-bcce-b302099a8051" in told
        assert "   1  dues.ping" in told
        assert "body: not JSON" in told
        assert not any(secret in told for secret in (PHONE, IDENTITY, "王小明"))
    assert ids(courier, f"dead-{EVENTS}") == ["0", "1"]


def test_what_is_shown_is_redacted(uri: str, courier: Courier, capsys: pytest.CaptureFixture[str]) -> None:
    park_events(uri, courier, 2)
    assert dead_letters.main(uri, ["show", EVENTS, "2"]) == 0
    told = capsys.readouterr().out
    assert event(1)["id"] in told
    assert not any(secret in told for secret in (PHONE, IDENTITY, "王小明"))


def test_replayed_ones_go_back_to_their_own_queue_and_the_rest_stays_in_place(uri: str, courier: Courier) -> None:
    park_events(uri, courier, 4)
    assert dead_letters.main(uri, ["replay", EVENTS, "3", "1"]) == 0
    assert ids(courier, f"dead-{EVENTS}") == ["1", "3"]
    assert ids(courier, EVENTS) == ["0", "2"]


def test_all_are_dropped(uri: str, courier: Courier) -> None:
    park_events(uri, courier, 3)
    assert dead_letters.main(uri, ["drop", EVENTS, "2"]) == 0
    assert dead_letters.main(uri, ["drop", EVENTS, "all"]) == 0
    assert [ids(courier, f"dead-{EVENTS}"), ids(courier, EVENTS)] == [[], []]


def test_a_call_goes_back_by_its_key_without_an_address(uri: str, courier: Courier) -> None:
    park(uri, CALLS, b"{}", **{REASON_HEADER: "ends_its_process: 3", ROUTING_KEY_HEADER: "dues.ping"})
    within(lambda: True if courier.waiting(f"dead-{CALLS}") == 1 else None)
    assert dead_letters.main(uri, ["replay", CALLS, "1"]) == 0
    again = within(lambda: courier.get(CALLS))
    assert [again.delivery_info["routing_key"], again.properties.get("reply_to")] == ["dues.ping", None]


@pytest.mark.parametrize(
    ("headers", "words"),
    [({ROUTING_KEY_HEADER: "nobody.knows"}, "no queue takes"), ({WHOLE_BYTES_HEADER: 10**7}, "too large")],
)
def test_what_can_not_be_replayed_stays(
    uri: str, courier: Courier, capsys: pytest.CaptureFixture[str], headers: dict[str, Any], words: str
) -> None:
    park(uri, CALLS, b"{}", **headers)
    within(lambda: True if courier.waiting(f"dead-{CALLS}") == 1 else None)
    assert dead_letters.main(uri, ["replay", CALLS, "1"]) == 2
    assert words in capsys.readouterr().err
    within(lambda: True if courier.waiting(f"dead-{CALLS}") == 1 else None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["burn", EVENTS, "1"],
        ["drop"],
        ["drop", EVENTS],
        ["drop", EVENTS, "0"],
        ["drop", EVENTS, "4"],
        ["drop", EVENTS, "1", "all"],
        ["drop", EVENTS, "-1"],
        ["replay", "events-nobody", "1"],
        ["replay", f"dead-{EVENTS}", "1"],
    ],
)
def test_a_wrong_wish_changes_nothing(uri: str, courier: Courier, arguments: list[str]) -> None:
    park_events(uri, courier, 3)
    assert dead_letters.main(uri, arguments) == 2
    assert ids(courier, f"dead-{EVENTS}") == ["0", "1", "2"]


def test_make_dlq_finds_the_broker_of_its_folder(
    stack: Stack,
    courier: Courier,
    uri: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("AMQP_URI", raising=False)
    park_events(uri, courier, 2)
    monkeypatch.setenv("DATA_DIR", str(stack.folder.path))
    assert make_dlq(["list", EVENTS]) == 0
    assert "2 dead letters" in capsys.readouterr().out
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert make_dlq(["list"]) == 1
    assert "Nothing has run" in capsys.readouterr().err


def test_without_a_broker_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert dead_letters.main("amqp://nobody@127.0.0.1:1/", ["list"]) == 1
    assert "does not answer" in capsys.readouterr().err
