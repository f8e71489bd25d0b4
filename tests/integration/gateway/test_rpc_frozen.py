"""A broker that takes and says nothing: no caller is held beyond his deadline, nothing is kept, nothing is mixed up after."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from amqp import transport

from gateway.rpc import writing
from gateway.rpc.client import Call, RpcClient
from gateway.rpc.pending import PendingCall
from gateway.rpc.sessions import PublishSession
from services.contracts.envelope import MAX_CALL_BYTES
from services.contracts.errors import DeadlinePassed, Unavailable
from tests.integration.gateway.tcp_gate import TcpGate
from tests.integration.gateway.test_rpc_losses import wait_until
from tests.integration.gateway.wire_service import EchoService, declare_queue, remove_queue

CALLERS = 64
TIMEOUT_S = 1.0
MAY_OUTLIVE_S = 1.0
"""The property is 0.2 s and measured by ``make bench`` (isolation); a busy machine must not fail it here."""
FILLING = b" " * (MAX_CALL_BYTES - 1_000)
"""All callers together send more than the buffers between two sockets hold."""


@pytest.fixture
def gate(amqp_uri: str) -> Iterator[TcpGate]:
    for name in ("echo", "calm"):
        remove_queue(amqp_uri, name)
    with TcpGate(amqp_uri) as opened:
        yield opened
    for name in ("echo", "calm"):
        remove_queue(amqp_uri, name)


@pytest.fixture(autouse=True)
def patient_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would break a connection that takes nothing for a second by itself, which not every kernel does."""
    monkeypatch.setitem(transport.DEFAULT_SOCKET_SETTINGS, "TCP_USER_TIMEOUT", 60_000)


@pytest.fixture
def client(gate: TcpGate) -> Iterator[RpcClient]:
    made = RpcClient(gate.uri, services=("echo", "calm"), places=CALLERS, confirm_timeout_s=30.0)
    try:
        yield made
    finally:
        gate.thaw()
        made.close()


def ask(client: RpcClient, filling: bytes = b"", timeout_s: float = 5.0) -> bytes:
    body = orjson.dumps({"args": [], "kwargs": {"call": {"request_id": None, "caller": {}, "body": {}}}})
    return client.request(Call("echo", "echo.echo", body + filling, timeout_s, repeatable=False))


def overdue(client: RpcClient) -> list[float]:
    """By how much each of many large calls outlives its deadline while nothing flows."""
    found: list[float] = []

    def run() -> None:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            ask(client, FILLING, TIMEOUT_S)
        found.append(time.monotonic() - began - TIMEOUT_S)

    threads = [threading.Thread(target=run) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == CALLERS
    return found


def test_full_connection_holds_no_caller_beyond_his_deadline(amqp_uri: str, gate: TcpGate, client: RpcClient) -> None:
    with EchoService(amqp_uri, "echo"):
        ask(client)
        gate.freeze()
        assert max(overdue(client)) < MAY_OUTLIVE_S


def test_twin_that_writes_until_the_socket_gives_up_holds_its_callers(
    amqp_uri: str, gate: TcpGate, client: RpcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded = PublishSession.publish

    def unbounded(self: PublishSession, call: PendingCall, key: str, message: Any, deadline: float) -> int:
        return bounded(self, call, key, message, deadline + 60.0)

    monkeypatch.setattr(writing, "WRITE_TIMEOUT_S", 2.0 + MAY_OUTLIVE_S)
    monkeypatch.setattr(PublishSession, "publish", unbounded)
    with EchoService(amqp_uri, "echo"):
        ask(client)
        gate.freeze()
        assert max(overdue(client)) > MAY_OUTLIVE_S


def test_nothing_is_kept_of_calls_that_nobody_waits_for_any_more(
    amqp_uri: str, gate: TcpGate, client: RpcClient
) -> None:
    with EchoService(amqp_uri, "echo"):
        ask(client)
        running = client._run()
        publisher = running._calls.session(1.0)
        gate.freeze()
        for _ in range(3):
            with pytest.raises(DeadlinePassed):
                ask(client, timeout_s=0.2)
        assert len(running._pending) == 0
        assert len(publisher._unconfirmed) == 0


def test_late_answers_about_queues_are_not_taken_for_each_others(
    amqp_uri: str, gate: TcpGate, client: RpcClient
) -> None:
    """One service runs and the other does not. While the broker was silent a question about the first went unanswered."""
    declare_queue(amqp_uri, "calm")
    with EchoService(amqp_uri, "echo"):
        ask(client)
        presence = client._run().presence
        wait_until(lambda: presence.is_absent("calm"))
        gate.freeze()
        time.sleep(1.5)
        gate.thaw()
        seen = Counter()
        for _ in range(30):
            seen[presence.is_absent("echo"), presence.is_absent("calm")] += 1
            time.sleep(0.1)
    assert set(seen) == {(False, True)}
