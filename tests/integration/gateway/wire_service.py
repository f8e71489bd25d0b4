"""Services in miniature on a real broker, for tests of the gateway: one that echoes, dawdles and replies nonsense on demand, and
one that answers as ``FakeServices`` does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import kombu
import orjson

from services.contracts.envelope import RPC_EXCHANGE
from services.contracts.topology import rpc_queue

_EXCHANGE = kombu.Exchange(RPC_EXCHANGE, type="topic", durable=True)
READY_TIMEOUT_S = 10
Answer = Callable[[str, bytes], bytes]


class WireService:
    """Answers each call in a thread of its own, on a connection that it opens again when it breaks."""

    def __init__(self, uri: str, name: str, answer: Answer) -> None:
        self.name = name
        self.calls: list[dict[str, Any]] = []
        self._uri = uri
        self._make_answer = answer
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.queue = kombu.Queue(rpc_queue(name), _EXCHANGE, f"{name}.*", durable=True)

    def __enter__(self) -> WireService:
        self._thread.start()
        assert self._ready.wait(READY_TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(READY_TIMEOUT_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(Exception), kombu.Connection(self._uri) as connection:
                self._serve(connection)
            self._stop.wait(0.05)

    def _serve(self, connection: kombu.Connection) -> None:
        with connection.Consumer(self.queue, on_message=self._receive, prefetch_count=64):
            self._ready.set()
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    connection.drain_events(timeout=0.1)

    def _receive(self, message: Any) -> None:
        key = message.delivery_info["routing_key"]
        self.calls.append({"key": key, "headers": message.headers, "properties": message.properties})
        message.ack()
        threading.Thread(target=self._answer, args=(key, message.body, message.properties), daemon=True).start()

    def _answer(self, key: str, body: bytes, properties: dict[str, Any]) -> None:
        reply = self._make_answer(key, body)
        with suppress(Exception), kombu.Connection(self._uri) as connection:
            connection.Producer().publish(
                reply,
                exchange=_EXCHANGE,
                routing_key=properties["reply_to"],
                correlation_id=properties["correlation_id"],
                content_type="application/json",
                content_encoding="utf-8",
            )


class EchoService(WireService):
    """Answers with the call's own body, after its ``delay_s``."""

    def __init__(self, uri: str, name: str) -> None:
        super().__init__(uri, name, _echo)


def _echo(_key: str, raw: bytes) -> bytes:
    body = orjson.loads(raw)["kwargs"]["call"]["body"]
    time.sleep(body.get("delay_s", 0))
    return orjson.dumps({"result": body, "error": None})


def remove_queue(uri: str, name: str) -> None:
    with kombu.Connection(uri) as connection:
        kombu.Queue(rpc_queue(name), channel=connection.default_channel).delete()


def declare_queue(uri: str, name: str, arguments: dict[str, Any] | None = None) -> None:
    """The durable queue of a service that is not running."""
    with kombu.Connection(uri) as connection:
        queue = kombu.Queue(rpc_queue(name), _EXCHANGE, f"{name}.*", durable=True, queue_arguments=arguments)
        queue(connection.default_channel).declare()
