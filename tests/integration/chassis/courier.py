"""Puts messages on a queue byte by byte, well formed or not, and sees what becomes of them."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from struct import pack
from typing import Any, NamedTuple, TypeVar

import kombu
import orjson
from amqp import NotFound, spec

from services.chassis.entrypoints.frames import BODY, HEADER, METHOD
from services.contracts import topology
from services.contracts.envelope import RPC_EXCHANGE

T = TypeVar("T")
FATE_S = 20.0
LOOK_S = 0.005
CORRELATION = b"the-call"
PROPERTIES = (
    *("content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to"),
    *("expiration", "message_id", "timestamp", "type", "user_id", "app_id"),
)
"""In the order of the wire; the first has the highest bit."""
TEXTS = frozenset(PROPERTIES) - {"headers", "delivery_mode", "priority", "timestamp"}


class Fate(NamedTuple):
    """What became of a message: the answer that came, or the dead letter."""

    answer: Any = None
    reason: str = ""


def table(*entries: bytes) -> bytes:
    """A table of headers from its entries, each as the wire has it: ``entry(key, b"S", value)``."""
    return pack(">I", sum(map(len, entries))) + b"".join(entries)


def entry(key: bytes, kind: bytes, value: bytes) -> bytes:
    return bytes([len(key)]) + key + kind + value


def text(value: bytes) -> bytes:
    return pack(">I", len(value)) + value


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def _properties(values: dict[str, bytes]) -> bytes:
    flags, out = 0, b""
    for at, name in enumerate(PROPERTIES):
        if name in values:
            flags |= 1 << (15 - at)
            value = values[name]
            out += bytes([len(value)]) + value if name in TEXTS else value
    return pack(">H", flags) + out


class Courier:
    """One connection to the broker, with a queue of its own for answers."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.line: Any = None
        self.reopen()

    def reopen(self) -> None:
        """A new connection, with another queue for answers."""
        self.close()
        self.line = kombu.Connection(self.uri).connection
        self.channel = self.line.channel()
        self.channel.confirm_select()
        self.reply_to: str = self.channel.queue_declare(exclusive=True, auto_delete=False).queue
        self.channel.queue_bind(self.reply_to, RPC_EXCHANGE, self.reply_to)

    def close(self) -> None:
        """Without a word to the broker, which may have gone before."""
        if self.line is not None:
            self.line.collect()

    def put(self, exchange: str, key: bytes, body: bytes, properties: dict[str, bytes]) -> None:
        """Returns when the broker has it. Raises what the broker says against it."""
        number = self.channel.channel_id
        arguments = (
            pack(">HHH", 60, 40, 0) + bytes([len(exchange)]) + exchange.encode() + bytes([len(key)]) + key + b"\0"
        )
        frames = _frame(METHOD, number, arguments)
        frames += _frame(HEADER, number, pack(">HHQ", 60, 0, len(body)) + _properties(properties))
        step = self.line.frame_max - 8
        for at in range(0, len(body), step):
            frames += _frame(BODY, number, body[at : at + step])
        self.line.transport.write(frames)
        self.channel.wait([spec.Basic.Ack, spec.Basic.Nack], timeout=FATE_S)

    def call(self, key: str, body: bytes, **changes: bytes | None) -> None:
        """As the gateway sends it, but for the changes: a property of another value, or None for none."""
        usual: dict[str, bytes | None] = {
            "content_type": b"application/json",
            "content_encoding": b"utf-8",
            "correlation_id": CORRELATION,
            "reply_to": self.reply_to.encode(),
            "delivery_mode": b"\x01",
        }
        values = {name: value for name, value in (usual | changes).items() if value is not None}
        self.put(RPC_EXCHANGE, key.encode("utf-8", "surrogateescape"), body, values)

    def get(self, queue: str) -> Any:
        """The message at the head, taken; None when there is none."""
        return self.channel.basic_get(queue, no_ack=True)

    def answer(self) -> Any:
        """The next answer."""
        return within(self._answer_now)

    def _answer_now(self) -> Any:
        message = self.get(self.reply_to)
        return message and orjson.loads(message.body)

    def fate(self, queue: str) -> Fate:
        """Whatever comes first: an answer, or the dead letter."""
        return within(lambda: self.fate_now(queue))

    def fate_now(self, queue: str) -> Fate | None:
        answer = self._answer_now()
        if answer is not None:
            return Fate(answer=answer)
        dead = self.get(topology.dead_queue(queue))
        return Fate(reason=_reason(dead)) if dead is not None else None

    def waiting(self, queue: str) -> int:
        """Messages ready in a queue."""
        return int(self.channel.queue_declare(queue, passive=True).message_count)

    def answers_within(self, seconds: float) -> list[Any]:
        """All answers that come in this time."""
        until = time.monotonic() + seconds
        found = []
        while time.monotonic() < until:
            answer = self._answer_now()
            if answer is not None:
                found.append(answer)
            else:
                time.sleep(LOOK_S)
        return found

    def consumers(self, queue: str) -> int:
        """0 where there is no such queue yet. Looks on a channel of its own, which a missing queue closes."""
        with self.line.channel() as channel:
            try:
                return int(channel.queue_declare(queue, passive=True).consumer_count)
            except NotFound:
                return 0

    def delete(self, queue: str) -> None:
        self.channel.queue_delete(queue)


def _reason(dead: Any) -> str:
    headers = dead.headers or {}
    deaths = headers.get("x-death") or [{}]
    return str(headers.get("x-reason") or deaths[0].get("reason") or "")


def within(look: Callable[[], T | None], seconds: float = FATE_S) -> T:
    """What ``look`` finds. Raises TimeoutError when it finds nothing in time."""
    until = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > until:
            raise TimeoutError(f"nothing within {seconds:.0f} s")
        time.sleep(LOOK_S)
    return found


def counted(port: str, metric: str, *labels: str) -> float:
    """The sum of a metric's series that carry all these label values, from a process's own page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        lines = page.read().decode().splitlines()
    named = [line for line in lines if line.startswith(f"{metric}{{")]
    return sum(float(line.rpartition(" ")[2]) for line in named if all(f'"{label}"' in line for label in labels))
