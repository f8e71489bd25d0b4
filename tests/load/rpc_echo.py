"""An RPC echo: our entrypoints against nameko's own.

The same client calls a service on the chassis and a plain nameko service, in turns, with so many calls under way. Ours checks
envelope, caller and request on the way, nameko's checks nothing.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from struct import unpack_from
from typing import Any

import amqp
import kombu
import orjson

from deploy.local.stack import Stack
from services.chassis.entrypoints.frames import BODY, FRAME_OVERHEAD, Outgoing
from services.contracts import topology
from services.contracts.caller import CallerKind
from services.contracts.envelope import RPC_EXCHANGE
from tests.load.figures import ROUNDS, Bench, Figure, cpu_seconds

UNDER_WAY = 16
CALLS = 4_000
WARM_UP = 300
READY_S = 30.0
ANSWER_S = 30.0
CALLER_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
CALL = orjson.dumps(
    {
        "args": [],
        "kwargs": {
            "call": {
                "request_id": None,
                "caller": {
                    "kind": CallerKind.PERSON,
                    "county_id": "yanting",
                    "account_id": CALLER_ID,
                    "member_id": CALLER_ID,
                    "session_id": CALLER_ID,
                    "grants": [],
                },
                "body": {"text": "hello"},
            }
        },
    }
)
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


class Client:
    """Calls without waiting for each answer. Counts the bodies that come back; as lean as a client can be."""

    def __init__(self, uri: str) -> None:
        self._kombu = kombu.Connection(uri)
        self.connection: Any = self._kombu.connection
        self.channel = self.connection.channel()
        self.reply_to = self.channel.queue_declare(exclusive=True, auto_delete=True).queue
        self.channel.queue_bind(self.reply_to, RPC_EXCHANGE, self.reply_to)
        self.channel.basic_consume(self.reply_to, no_ack=True)
        self.left = b""
        call = Outgoing(
            RPC_EXCHANGE, b"echo.echo", CALL, correlation_id=b"one", reply_to=self.reply_to.encode(), headers=TRACE
        )
        self.frames = call.frames(self.channel.channel_id, self.connection.frame_max)

    def close(self) -> None:
        self.connection.transport.close()

    def call(self, calls: int, under_way: int = UNDER_WAY) -> float:
        """Seconds for so many calls and their answers. Raises when an answer does not come, or is none."""
        sock = self.connection.transport.sock
        sock.settimeout(ANSWER_S)
        started = time.perf_counter()
        sent = answered = min(calls, under_way)
        sock.sendall(self.frames * sent)
        answered = 0
        while answered < calls:
            came = self._read(sock)
            answered += came
            more = min(came, calls - sent)
            sent += more
            sock.sendall(self.frames * more)
        return time.perf_counter() - started

    def _read(self, sock: Any) -> int:
        data = sock.recv(64 * 1024)
        if not data:
            raise ConnectionResetError
        data = self.left + data
        at = bodies = 0
        while len(data) - at >= FRAME_OVERHEAD:
            kind, _, size = unpack_from(">BHI", data, at)
            after = at + FRAME_OVERHEAD + size
            if after > len(data):
                break
            if kind == BODY:
                if b'"text"' not in data[at:after]:
                    raise AssertionError(f"no echo: {data[at:after]!r}")
                bodies += 1
            at = after
        self.left = data[at:]
        return bodies


@contextmanager
def service(uri: str, *arguments: str) -> Iterator[int]:
    """A service's process; its id. Ready when its queue has a consumer."""
    side, *more = arguments
    argv = [sys.executable, "-m", "tests.load.echo_services", side, uri, *more]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            _wait_for_consumer(uri)
            yield child.pid
        finally:
            child.kill()
            child.wait()
            _wait_for_consumer(uri, wanted=0)


def _wait_for_consumer(uri: str, wanted: int = 1) -> None:
    until = time.monotonic() + READY_S
    queue = topology.rpc_queue("echo")
    while True:
        with kombu.Connection(uri) as connection:
            try:
                if connection.channel().queue_declare(queue, passive=True).consumer_count == wanted:
                    return
            except amqp.NotFound:
                if not wanted:
                    return
        if time.monotonic() > until:
            raise TimeoutError(f"{queue} has not {wanted} consumers")
        time.sleep(0.05)


def forget(uri: str) -> None:
    """The two sides declare the queue each in its own way."""
    with kombu.Connection(uri) as connection:
        connection.channel().queue_delete(topology.rpc_queue("echo"))


def turn(uri: str, broker: int, *arguments: str) -> tuple[float, float, float]:
    """Calls a second, CPU-ms of the service a call, CPU-ms of the broker a call."""
    forget(uri)
    with service(uri, *arguments) as pid, closing(Client(uri)) as client:
        client.call(WARM_UP)
        used, used_broker = cpu_seconds([pid]), cpu_seconds([broker])
        seconds = client.call(CALLS)
        used, used_broker = cpu_seconds([pid]) - used, cpu_seconds([broker]) - used_broker
    return CALLS / seconds, used / CALLS * 1000, used_broker / CALLS * 1000


def figures(bench: Bench) -> Iterator[Figure]:
    with Stack(bench.room("stack")) as stack:
        broker = stack.suite.children["rabbitmq"].pid
        pairs = []
        for round_ in range(ROUNDS):
            ours, theirs = turn(stack.amqp_uri, broker, "ours"), turn(stack.amqp_uri, broker, "nameko")
            bench.say(f"round {round_ + 1}: ours {ours[0]:,.0f} a second, nameko's {theirs[0]:,.0f}")
            pairs.append((ours, theirs))

    def median(of: Any) -> float:
        return statistics.median(of(ours, theirs) for ours, theirs in pairs)

    remark = f"{UNDER_WAY} calls under way, median of {ROUNDS} interleaved rounds of {CALLS:,} calls"
    yield Figure("calls against nameko's", median(lambda o, t: o[0] / t[0]), "x", at_least=2.0, remark=remark)
    yield Figure("CPU of the service against nameko's", median(lambda o, t: o[1] / t[1]), "x", at_most=0.40)
    yield Figure("calls", median(lambda o, _: o[0]), "a second")
    yield Figure("CPU of the service a call", median(lambda o, _: o[1]), "CPU-ms")
    yield Figure("CPU of the broker a call", median(lambda o, _: o[2]), "CPU-ms")
    yield Figure("CPU of service and broker against nameko's", median(lambda o, t: sum(o[1:]) / sum(t[1:])), "x")


if __name__ == "__main__":
    sys.exit(os.EX_USAGE)
