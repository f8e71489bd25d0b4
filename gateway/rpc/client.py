"""The gateway's RPC client: any number of threads call, two connections carry, one thread reads replies.

Compatible with nameko's own wire (services/contracts/envelope.py). Owns deadlines, the cap on calls in flight to each
service, and the repetition of a call whose connection broke. Never interprets a reply; never waits without a bound.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from gateway.rpc.link import Link, NotConnected
from gateway.rpc.pending import Fault, Outcome, PendingCall, PendingCalls
from gateway.rpc.places import Places
from gateway.rpc.sessions import Lost, Presence, PublishSession, ReplySession
from services.chassis import metrics, tracing
from services.chassis.limits import BulkheadFull
from services.chassis.logging import get_logger
from services.contracts.envelope import MAX_CALL_BYTES, TRACE_HEADER
from services.contracts.errors import DeadlinePassed, Unavailable

CONFIRM_TIMEOUT_S = 2.0
"""A broker confirms a call in a millisecond; one that does not for this long is frozen, and the call fails at once."""
TRIES = 3
"""A call whose connection broke is made again with the same request id. One fall of the broker breaks both connections, and
they may be noticed one after the other, so that a single fall can cost two tries; a second fall in one deadline is no accident.
"""
LEAST_TIME_FOR_A_TRY_S = 0.2
"""With less than this left there is no further try: the answer would come too late."""

_log = get_logger("rpc")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, packed. ``repeatable``: a second try does no harm; ``slow``: the service itself waits for others."""

    service: str
    routing_key: str
    body: bytes
    timeout_s: float
    repeatable: bool = True
    slow: bool = False


class Transport(Protocol):
    """What carries a call and brings its reply."""

    def request(self, call: Call) -> bytes:
        """The raw reply. Raises Unavailable or DeadlinePassed."""
        ...

    def is_ready(self) -> bool:
        """Whether calls can be made now; never asks over the network."""
        ...

    def close(self) -> None: ...


class RpcClient(Transport):
    """Starts by itself at the first call, in the process that makes it: a fork starts over with nothing shared."""

    def __init__(
        self, uri: str, *, services: Iterable[str], places: int, confirm_timeout_s: float = CONFIRM_TIMEOUT_S
    ) -> None:
        self._uri = uri
        self._services = tuple(services)
        self._places = places
        self._confirm_timeout_s = confirm_timeout_s
        self._starting = threading.Lock()
        self._running: _Running | None = None

    def request(self, call: Call) -> bytes:
        if len(call.body) > MAX_CALL_BYTES:
            raise ValueError(f"a call of {len(call.body)} bytes is a bug: files travel through the object store")
        deadline = monotonic() + call.timeout_s
        running = self._run()
        if running.presence.is_absent(call.service):
            raise Unavailable(reason="absent", sent=False)
        try:
            with running.places[call.service].place(slow=call.slow, deadline=deadline):
                return running.perform(call, deadline)
        except BulkheadFull:
            metrics.BULKHEAD_REFUSED.labels(call.service).inc()
            raise Unavailable(reason="busy", sent=False) from None

    def is_ready(self) -> bool:
        running = self._run()
        return running.is_up and not any(map(running.presence.is_absent, self._services))

    def start(self) -> None:
        """Connects before the first call asks for it."""
        self._run()

    def close(self) -> None:
        with self._starting:
            running, self._running = self._running, None
        if running is not None and running.pid == os.getpid():
            running.stop()

    def _run(self) -> _Running:
        running = self._running
        if running is not None and running.pid == os.getpid():
            return running
        with self._starting:
            # What a parent process left here belongs to the parent: its sockets are not closed, its threads not joined.
            if self._running is None or self._running.pid != os.getpid():
                self._running = _Running(self._uri, self._services, self._places, self._confirm_timeout_s)
            return self._running


class _Running:
    """The client's state in one process."""

    def __init__(self, uri: str, services: tuple[str, ...], places: int, confirm_timeout_s: float) -> None:
        self.pid = os.getpid()
        self.presence = Presence(services)
        self._confirm_timeout_s = confirm_timeout_s
        self._pending = PendingCalls()
        metrics.CALLS_WAITING.set_function(self._pending.__len__)
        self._numbers = itertools.count(1)
        self._blocked = threading.Event()
        self.places = {service: Places(places) for service in services}
        self._replies = Link("gateway replies", uri, lambda at: ReplySession(at, self._pending, self.presence))
        self._calls = Link("gateway calls", uri, self._open_publisher)
        self._replies.start()
        self._calls.start()

    @property
    def is_up(self) -> bool:
        return self._replies.is_up and self._calls.is_up and not self._blocked.is_set()

    def stop(self) -> None:
        self._calls.stop()
        self._replies.stop()
        self._pending.fail_all(Fault.LOST)

    def perform(self, call: Call, deadline: float) -> bytes:
        """The reply, after another try if a connection broke. Raises Unavailable, DeadlinePassed."""
        for left in reversed(range(TRIES)):
            outcome = self._try(call, deadline)
            if outcome.reply is not None:
                return outcome.reply
            if outcome.fault is not Fault.LOST:
                raise Unavailable(reason=str(outcome.fault), sent=False)
            if not left or not call.repeatable or deadline - monotonic() < LEAST_TIME_FOR_A_TRY_S:
                break
            _log.info("call_repeated", method=call.routing_key)
        raise Unavailable(reason="broker")

    def _try(self, call: Call, deadline: float) -> Outcome:
        try:
            # This one first: a frozen broker shows on it at once, and where it is down for long nothing is waited for.
            publisher = self._calls.session(deadline - monotonic())
            replies = self._replies.session(deadline - monotonic())
        except NotConnected:
            raise Unavailable(reason="broker", sent=False) from None
        if self._blocked.is_set():
            raise Unavailable(reason="broker_blocked", sent=False)
        # Each try has an id of its own, so that nothing of an earlier one can settle or remove a later one.
        waiting = PendingCall(f"{call.service}:{next(self._numbers)}")
        self._pending.add(waiting)
        number = 0
        try:
            if replies.gone:  # lost between the look and the entry: nobody else would settle this call
                return Outcome(fault=Fault.LOST)
            number = self._publish(publisher, waiting, call, replies.reply_to, deadline)
            return self._wait(waiting, publisher, deadline)
        except Lost:
            self._calls.abandon(publisher)
            return Outcome(fault=Fault.LOST)
        finally:
            self._pending.take(waiting.id)
            publisher.forget(number)

    def _publish(
        self, publisher: PublishSession, waiting: PendingCall, call: Call, reply_to: str, deadline: float
    ) -> int:
        left_ms = int((deadline - monotonic()) * 1000)
        if left_ms <= 0:
            raise DeadlinePassed(sent=False)
        message = publisher.message(
            call.body,
            {TRACE_HEADER: tracing.current().header},
            {
                "correlation_id": waiting.id,
                "reply_to": reply_to,
                "expiration": str(left_ms),
                "delivery_mode": 1,  # nobody waits for an answer to a call that outlived a restart of the broker
            },
        )
        return publisher.publish(waiting, call.routing_key, message, deadline)

    def _wait(self, waiting: PendingCall, publisher: PublishSession, deadline: float) -> Outcome:
        sent_at = monotonic()
        confirm_by = sent_at + self._confirm_timeout_s
        outcome = waiting.wait(min(confirm_by, deadline) - sent_at)
        # A call whose own time is shorter than that says nothing about the broker.
        if outcome is None and not waiting.confirmed and confirm_by < deadline:
            if publisher.last_confirm_at < sent_at:
                self._calls.abandon(publisher)
            raise Unavailable(reason="broker_frozen")
        outcome = outcome or waiting.wait(deadline - monotonic())
        if outcome is None:
            raise DeadlinePassed
        return outcome

    def _open_publisher(self, connection: object) -> PublishSession:
        self._blocked.clear()
        connection.on_blocked = lambda _reason: self._blocked.set()  # type: ignore[attr-defined]
        connection.on_unblocked = self._blocked.clear  # type: ignore[attr-defined]
        return PublishSession(connection, self._pending)
