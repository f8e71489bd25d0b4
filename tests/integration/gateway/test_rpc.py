"""The gateway's RPC client on a real broker: deadlines, absence, refusal, and the wire that services read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from gateway.rpc.client import Call, RpcClient
from services.chassis import metrics, tracing
from services.contracts.errors import DeadlinePassed, Unavailable
from tests.integration.gateway.wire_service import EchoService, declare_queue, remove_queue

PLACES = 8
QUICK_S = 0.5
"""Far below the time-out of a call: what takes less was not waited for."""


@pytest.fixture(autouse=True)
def no_queues(amqp_uri: str) -> Iterator[None]:
    for name in ("echo", "calm"):
        remove_queue(amqp_uri, name)
    yield
    for name in ("echo", "calm"):
        remove_queue(amqp_uri, name)


@contextmanager
def client_of(uri: str, **options: Any) -> Iterator[RpcClient]:
    client = RpcClient(uri, services=("echo", "calm"), places=PLACES, **options)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def client(amqp_uri: str) -> Iterator[RpcClient]:
    with client_of(amqp_uri) as made:
        yield made


def call(client: RpcClient, service: str = "echo", timeout_s: float = 5.0, **body: Any) -> Any:
    envelope = {"args": [], "kwargs": {"call": {"request_id": None, "caller": {}, "body": body}}}
    return orjson.loads(client.request(Call(service, f"{service}.echo", orjson.dumps(envelope), timeout_s)))


def test_call_reaches_service_and_brings_its_reply_back(amqp_uri: str, client: RpcClient) -> None:
    with EchoService(amqp_uri, "echo"):
        assert call(client, word="盐亭") == {"result": {"word": "盐亭"}, "error": None}


def test_call_carries_what_a_nameko_service_reads(amqp_uri: str, client: RpcClient) -> None:
    with EchoService(amqp_uri, "echo") as service, tracing.span() as trace:
        call(client, timeout_s=4.0)
    (seen,) = service.calls
    assert seen["headers"]["traceparent"] == trace.header
    assert seen["properties"]["content_type"] == "application/json"
    assert 3000 < int(seen["properties"]["expiration"]) <= 4000
    assert seen["properties"]["reply_to"]
    assert seen["properties"]["correlation_id"].startswith("echo:")


def test_each_thread_gets_its_own_reply(amqp_uri: str, client: RpcClient) -> None:
    wrong: list[int] = []

    def ask(number: int) -> None:
        # What takes longest is asked first, so replies come in another order than calls went out.
        reply = call(client, number=number, delay_s=(PLACES - number) * 0.02)
        if reply["result"]["number"] != number:
            wrong.append(number)

    with EchoService(amqp_uri, "echo") as service:
        for _ in range(3):
            threads = [threading.Thread(target=ask, args=(number,)) for number in range(PLACES)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert not wrong
    assert len(service.calls) == 3 * PLACES


def test_call_that_takes_too_long_ends_at_its_deadline_and_its_late_reply_is_dropped(
    amqp_uri: str, client: RpcClient
) -> None:
    late = metrics.LATE_REPLIES.labels("echo")
    before = late._value.get()
    with EchoService(amqp_uri, "echo"):
        started = time.monotonic()
        with pytest.raises(DeadlinePassed):
            call(client, timeout_s=0.3, delay_s=0.6)
        assert time.monotonic() - started < 0.3 + QUICK_S
        time.sleep(0.6)
        assert late._value.get() == before + 1
        assert call(client, word="next")["result"] == {"word": "next"}


def test_call_to_a_service_without_a_queue_fails_at_once_and_says_that_it_was_not_made(client: RpcClient) -> None:
    client.start()
    started = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        call(client)
    assert time.monotonic() - started < QUICK_S
    assert refusal.value.detail == {"reason": "absent", "sent": False}


def test_service_that_stopped_is_noticed_and_its_return_too(amqp_uri: str, client: RpcClient) -> None:
    with EchoService(amqp_uri, "calm"):
        with EchoService(amqp_uri, "echo"):
            call(client)
            wait_until(client.is_ready)
        wait_until(lambda: not client.is_ready())
        started = time.monotonic()
        with pytest.raises(Unavailable) as refusal:
            call(client)
        assert time.monotonic() - started < QUICK_S
        assert refusal.value.detail["reason"] == "absent"
        with EchoService(amqp_uri, "echo"):
            wait_until(client.is_ready)
            assert call(client, word="back")["result"] == {"word": "back"}


def test_full_queue_refuses_at_once(amqp_uri: str, client: RpcClient) -> None:
    declare_queue(amqp_uri, "echo", {"x-max-length": 1, "x-overflow": "reject-publish"})
    client.start()

    def fill() -> None:
        with pytest.raises(DeadlinePassed):
            call(client, timeout_s=1.0)

    filling = threading.Thread(target=fill)
    filling.start()
    time.sleep(0.2)
    started = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        call(client)
    assert time.monotonic() - started < QUICK_S
    assert refusal.value.detail == {"reason": "refused", "sent": False}
    filling.join()


def test_frozen_service_takes_its_own_places_only(amqp_uri: str, client: RpcClient) -> None:
    """With every place of one service taken, its next caller waits a moment and is sent away; others are served."""
    refused = metrics.BULKHEAD_REFUSED.labels("echo")
    before = refused._value.get()
    with EchoService(amqp_uri, "echo"), EchoService(amqp_uri, "calm"):
        call(client, "calm")
        stuck = [threading.Thread(target=call, args=(client,), kwargs={"delay_s": 1.5}) for _ in range(PLACES)]
        for thread in stuck:
            thread.start()
        time.sleep(0.2)
        started = time.monotonic()
        with pytest.raises(Unavailable) as refusal:
            call(client)
        waited_s = time.monotonic() - started
        assert call(client, "calm", word="served")["result"] == {"word": "served"}
        for thread in stuck:
            thread.join()
    assert 0.2 <= waited_s < QUICK_S
    assert refusal.value.detail == {"reason": "busy", "sent": False}
    assert refused._value.get() == before + 1


def test_slow_calls_leave_half_of_the_places_to_the_others(amqp_uri: str, client: RpcClient) -> None:
    def slow() -> None:
        body = orjson.dumps({"args": [], "kwargs": {"call": {"body": {"delay_s": 1.0}}}})
        client.request(Call("echo", "echo.echo", body, 5.0, slow=True))

    with EchoService(amqp_uri, "echo"):
        call(client)
        errands = [threading.Thread(target=slow) for _ in range(PLACES // 2)]
        for thread in errands:
            thread.start()
        time.sleep(0.2)
        with pytest.raises(Unavailable):
            slow()
        assert call(client, word="quick")["result"] == {"word": "quick"}
        for thread in errands:
            thread.join()


def wait_until(holds: Any, timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)
