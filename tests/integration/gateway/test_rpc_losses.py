"""The gateway's RPC client when the broker breaks: nothing hangs, a broken call is made once more, the connection comes back."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from gateway.rpc.client import Call, RpcClient
from services.contracts.errors import Unavailable
from tests.integration.gateway.tcp_gate import TcpGate
from tests.integration.gateway.wire_service import EchoService, remove_queue

THREADS = 8
CALLS = 3
"""Of each thread between two cuts."""
CUTS = 3


@pytest.fixture
def gate(amqp_uri: str) -> Iterator[TcpGate]:
    remove_queue(amqp_uri, "echo")
    with TcpGate(amqp_uri) as opened:
        yield opened
    remove_queue(amqp_uri, "echo")


@pytest.fixture
def client(gate: TcpGate) -> Iterator[RpcClient]:
    made = RpcClient(gate.uri, services=("echo",), places=32, confirm_timeout_s=0.5)
    try:
        yield made
    finally:
        gate.thaw()
        made.close()


def call(client: RpcClient, timeout_s: float = 5.0, *, repeatable: bool = True, **body: Any) -> Any:
    envelope = {"args": [], "kwargs": {"call": {"request_id": None, "caller": {}, "body": body}}}
    raw = client.request(Call("echo", "echo.echo", orjson.dumps(envelope), timeout_s, repeatable=repeatable))
    return orjson.loads(raw)["result"]


def under_load(client: RpcClient, gate: TcpGate, *, repeatable: bool) -> tuple[int, list[Exception]]:
    """Calls from several threads while every connection is broken a few times: how many succeeded, what failed.

    Between two cuts each thread ends what was under way at the first and more, so that no call meets both.
    """
    done: list[int] = []
    failures: list[Exception] = []
    over = threading.Event()

    def run(number: int) -> None:
        while not over.is_set():
            try:
                assert call(client, repeatable=repeatable, number=number, delay_s=0.01) == {
                    "number": number,
                    "delay_s": 0.01,
                }
                done.append(number)
            except Unavailable as fault:
                failures.append(fault)

    def go_on() -> None:
        before = [done.count(number) for number in range(THREADS)]
        wait_until(lambda: all(done.count(number) >= before[number] + CALLS for number in range(THREADS)))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for _ in range(CUTS):
        go_on()
        gate.cut()
    go_on()
    over.set()
    for thread in threads:
        thread.join()
    return len(done), failures


def test_no_call_fails_when_every_connection_is_closed_under_load(
    amqp_uri: str, gate: TcpGate, client: RpcClient
) -> None:
    with EchoService(amqp_uri, "echo"):
        call(client)
        done, failures = under_load(client, gate, repeatable=True)
    assert gate.accepted >= 2 * (1 + CUTS)
    assert done >= THREADS * CALLS * (1 + CUTS)
    assert failures == []


def test_without_the_second_try_the_same_losses_show(amqp_uri: str, gate: TcpGate, client: RpcClient) -> None:
    with EchoService(amqp_uri, "echo"):
        call(client)
        _, failures = under_load(client, gate, repeatable=False)
    assert failures


def test_frozen_broker_fails_calls_before_their_deadline_then_at_once_and_is_found_again(
    amqp_uri: str, gate: TcpGate, client: RpcClient
) -> None:
    with EchoService(amqp_uri, "echo"):
        call(client)
        gate.freeze()
        assert failing_for_s(client) < 2.0
        wait_until(lambda: not client.is_ready())
        time.sleep(2.5)
        assert failing_for_s(client) < 0.3, "a link that has been down for a while is not waited for"
        gate.thaw()
        wait_until(client.is_ready)
        assert call(client, word="back") == {"word": "back"}


def test_reply_is_received_while_the_publishing_connection_is_away(
    amqp_uri: str, gate: TcpGate, client: RpcClient
) -> None:
    """A call that the broker has taken needs the publishing connection no more."""
    with EchoService(amqp_uri, "echo"):
        call(client)
        replies: list[Any] = []
        waiting = threading.Thread(target=lambda: replies.append(call(client, repeatable=False, delay_s=0.6)))
        waiting.start()
        time.sleep(0.3)
        running = client._run()
        running._calls.abandon(running._calls.session(1.0))
        waiting.join()
    assert replies == [{"delay_s": 0.6}]


def test_broker_that_comes_later_is_found(amqp_uri: str, gate: TcpGate, client: RpcClient) -> None:
    gate.close()
    client.start()
    assert failing_for_s(client) < 3.0
    with EchoService(amqp_uri, "echo"):
        gate.open()
        wait_until(client.is_ready)
        assert call(client, word="there") == {"word": "there"}


def test_forked_process_makes_connections_of_its_own(amqp_uri: str, gate: TcpGate, client: RpcClient) -> None:
    with EchoService(amqp_uri, "echo"):
        assert call(client, word="parent") == {"word": "parent"}
        child = os.fork()
        if child == 0:
            ok = False
            try:
                ok = call(client, word="child") == {"word": "child"}
                client.close()
            finally:
                os._exit(0 if ok else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert call(client, word="parent again") == {"word": "parent again"}


def failing_for_s(client: RpcClient) -> float:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        call(client)
    return time.monotonic() - started


def wait_until(holds: Any, timeout_s: float = 15.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)
