"""Every malformed message meets its end, on every queue, with either way of carrying messages: no process ends of it, and good
messages pass meanwhile. Real services, a real broker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import orjson
import pytest

from deploy.local.stack import Stack
from services.chassis.ids import new_id
from services.contracts import topology
from services.contracts.caller import anonymous
from services.contracts.common import Nothing
from services.contracts.envelope import EVENT_EXCHANGE, pack_call
from tests.integration.chassis import shapes
from tests.integration.chassis.courier import Courier, Fate, counted, within
from tests.integration.chassis.shapes import SOME_ID, Shape

START_S, EXIT_S = 60.0, 20.0
CALL = pack_call(None, anonymous("yanting"), Nothing())
ORGANISATION = {
    "id": SOME_ID,
    "county_id": "yanting",
    "parent_id": None,
    "code": "c1",
    "name": "县委",
    "kind": "county_committee",
    "path": "yanting",
    "version": 1,
}
SETTLED = {
    "order_id": SOME_ID,
    "payer_member_id": SOME_ID,
    "member_id": SOME_ID,
    "months": ["2026-09"],
    "amount_fen": 100,
    "receipt_id": SOME_ID,
}


class Target(NamedTuple):
    """A queue, the process behind it, and a message that is good there."""

    process: str
    queue: str
    key: str
    good: dict[str, Any]


def event(kind: str, data: Any) -> dict[str, Any]:
    head = {"specversion": "1.0", "id": SOME_ID, "source": kind.partition(".")[0], "type": kind, "subject": "one"}
    return {**head, "time": "2026-09-15T08:00:00+08:00", "data": data}


EVENTS = {
    "dues": event("members.organisations_changed", {"organisations": [ORGANISATION]}),
    "members": event("dues.order_settled", SETTLED),
    "members-jobs": event("members.roster_export_requested", {"export_id": SOME_ID}),
}
CALLS = [Target(name, topology.rpc_queue(name), f"{name}.ping", CALL) for name in topology.SERVICES]
LISTENERS = [
    Target(name, topology.event_queue(name), EVENTS[name]["type"], EVENTS[name]) for name in topology.LISTENERS
]


def all_shapes(target: Target) -> list[Shape]:
    own = shapes.calls(target.good, target.process) if target in CALLS else shapes.events(target.good)
    return [*shapes.bodies(target.good), *shapes.properties(target.good), *own]


def cases(targets: list[Target], of: Any) -> list[Any]:
    return [
        pytest.param(target, shape, id=f"{target.queue}-{shape.name.replace(' ', '_')}")
        for target in targets
        for shape in of(target)
    ]


@pytest.fixture(scope="module", params=["fast", "stock"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp(f"malformed-{request.param}")
    with Stack(folder, {"CHASSIS_ENTRYPOINTS": request.param, "LOG_LEVEL": "ERROR"}) as running:
        running.migrate()
        for name in {target.process for target in (*CALLS, *LISTENERS)}:
            running.start_process(name)
        yield running


@pytest.fixture(scope="module")
def courier(stack: Stack) -> Iterator[Courier]:
    with closing(Courier(stack.amqp_uri)) as opened:
        yield opened


def still_runs(stack: Stack, target: Target) -> bool:
    return stack.suite.children[target.process].poll() is None


def require_good_call(courier: Courier, target: Target) -> None:
    courier.call(target.key, orjson.dumps(target.good))
    assert courier.answer() == {"result": {}, "error": None}


def require_good_event(stack: Stack, courier: Courier, target: Target, **properties: Any) -> None:
    """A good event is told; it is in the process's own count of events that went well."""
    port = str(stack.suite.environment(stack.suite.processes[target.process])["METRICS_PORT"])
    before = counted(port, "events_handled_total", target.key, "ok")
    body = orjson.dumps({**target.good, "id": new_id()})
    courier.put(EVENT_EXCHANGE, target.key.encode(), body, {"content_type": b"application/json", **properties})
    within(lambda: True if counted(port, "events_handled_total", target.key, "ok") > before else None)


def given(shape: Shape) -> dict[str, bytes]:
    usual: dict[str, bytes | None] = {"content_type": b"application/json", "delivery_mode": b"\x02"}
    return {name: value for name, value in (usual | shape.properties).items() if value is not None}


def test_there_are_at_least_forty_shapes_for_each_queue() -> None:
    assert all(len({shape.name for shape in all_shapes(target)}) >= 40 for target in (*CALLS, *LISTENERS))


@pytest.mark.parametrize(("target", "shape"), cases(CALLS, all_shapes))
def test_a_malformed_call_is_answered(stack: Stack, courier: Courier, target: Target, shape: Shape) -> None:
    courier.call(shape.key or target.key, shape.body, **shape.properties)
    fate = courier.fate(target.queue)
    assert fate.answer["result"] is None
    assert fate.answer["error"]["exc_type"].startswith("request.")
    require_good_call(courier, target)
    assert still_runs(stack, target)


@pytest.mark.parametrize(("target", "shape"), cases(CALLS, all_shapes))
def test_one_without_an_address_is_parked(stack: Stack, courier: Courier, target: Target, shape: Shape) -> None:
    courier.call(shape.key or target.key, shape.body, **{**shape.properties, "reply_to": None})
    require_good_call(courier, target)
    if shape.name not in RUN_WITHOUT_AN_ADDRESS:
        assert courier.fate(target.queue).reason.startswith("request.")
    assert courier.fate_now(target.queue) is None
    assert still_runs(stack, target)


RUN_WITHOUT_AN_ADDRESS = frozenset({"a body that is null", "a body that is a list", "a body with an unknown field"})
"""Well formed as calls: the method itself refuses them, and nobody is there to be told."""


@pytest.mark.parametrize(("target", "shape"), cases(CALLS, lambda target: shapes.harmless(target.good)))
def test_an_odd_call_is_worked_on(stack: Stack, courier: Courier, target: Target, shape: Shape) -> None:
    courier.call(target.key, shape.body, **shape.properties)
    assert courier.fate(target.queue) == Fate(answer={"result": {}, "error": None})
    assert still_runs(stack, target)


@pytest.mark.parametrize(("target", "shape"), cases(LISTENERS, all_shapes))
def test_a_malformed_event_is_parked(stack: Stack, courier: Courier, target: Target, shape: Shape) -> None:
    courier.put(EVENT_EXCHANGE, target.key.encode(), shape.body, given(shape))
    assert courier.fate(target.queue).reason.startswith("request.")
    require_good_event(stack, courier, target)
    assert courier.fate_now(target.queue) is None
    assert still_runs(stack, target)


@pytest.mark.parametrize(("target", "shape"), cases(LISTENERS, lambda target: shapes.harmless(target.good)))
def test_an_odd_event_is_heard(stack: Stack, courier: Courier, target: Target, shape: Shape) -> None:
    require_good_event(stack, courier, target, **given(shape))
    assert courier.fate_now(target.queue) is None
    assert still_runs(stack, target)


@pytest.mark.parametrize("shape", ["no content type", "a trace that is no text", "a list"])
def test_one_such_message_ends_a_stock_nameko_service(stack: Stack, courier: Courier, shape: str) -> None:
    """The twin: nameko's own entrypoint, before the same messages, with nobody to answer to."""
    argv = [sys.executable, "-m", "tests.load.echo_services", "nameko", stack.amqp_uri]
    found = next(one for one in (*all_shapes(CALLS[0]), *shapes.harmless(CALL)) if one.name == shape)
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            within(lambda: courier.consumers("rpc-echo") or None, START_S)
            courier.call("echo.echo", found.body, **{**found.properties, "reply_to": None})
            assert child.wait(EXIT_S) != 0
        finally:
            child.kill()
    courier.delete("rpc-echo")
