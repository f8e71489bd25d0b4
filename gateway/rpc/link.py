"""One connection to the broker, kept for ever: opened, read by one thread of its own, opened again after a loss.

Owns the socket and its thread. Knows nothing of calls: what lives on a connection is a ``Session``, made anew for each one.
Only the link's thread reads from the connection; other threads may write to it (``send_method`` never reads).
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

import kombu
from amqp.transport import TCPTransport

from gateway.rpc.writing import WRITE_TIMEOUT_S, BoundedWriter
from services.chassis.logging import get_logger

CONNECT_TIMEOUT_S = 3.0
"""A broker on the same network answers in milliseconds; a frozen one is found out this fast."""
HEARTBEAT_S = 10
TICK_S = 0.5
"""How often a link looks up from its socket: for heartbeats, the session's own look-outs and a stop."""
BACK_OFF_S = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Waits between tries to connect; the last one is used from then on, for ever: a broker that is back is found within seconds."""
JITTER = 0.25
"""Several gateways do not come back in step."""
PATIENCE_S = 2.0
"""A link that was lost a moment ago is waited for; one that has been down for longer is not."""
STOP_TIMEOUT_S = 3.0
READ_AHEAD_BYTES = 64 * 1024

_log = get_logger("rpc.link")


class NotConnected(Exception):
    """There is no connection now, and none came within the wait."""


class Session(Protocol):
    """What lives exactly as long as one connection."""

    def tick(self) -> None:
        """Called every TICK_S by the reading thread."""

    def lost(self) -> None:
        """Called once, when the connection is gone."""


S = TypeVar("S", bound=Session)


class Link(Generic[S]):
    """Keeps a session open on a connection of its own."""

    def __init__(self, name: str, uri: str, open_session: Callable[[Any], S]) -> None:
        self.name = name
        self._uri = uri
        self._open_session = open_session
        self._changed = threading.Condition()
        self._session: S | None = None
        self._connection: Any = None
        self._down_since = monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_up(self) -> bool:
        return self._session is not None

    def session(self, patience_s: float) -> S:
        """The present session. Waits for one that was lost a moment ago. Raises NotConnected."""
        session = self._session
        if session is not None:
            return session
        with self._changed:
            wait_s = min(patience_s, self._down_since + PATIENCE_S - monotonic())
            if wait_s > 0:
                self._changed.wait_for(lambda: self._session is not None or self._stopping.is_set(), wait_s)
            if self._session is None:
                raise NotConnected(self.name)
            return self._session

    def abandon(self, session: S) -> None:
        """Gives up the connection of this session, because it no longer serves; a new one is made at once."""
        with self._changed:
            if self._session is session:
                _shut(self._connection)

    def stop(self) -> None:
        """Ends the thread and the connection, within a bounded time."""
        self._stopping.set()
        with self._changed:
            _shut(self._connection)
            self._changed.notify_all()
        self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            connection = None
            try:
                connection = self._connect()
                session = self._open_session(connection)
            except Exception as fault:  # noqa: BLE001  # whatever went wrong, the answer is to try again
                _discard(connection)
                pause_s = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
                failures += 1
                _log.warning("broker_not_reached", link=self.name, error=type(fault).__name__, tries=failures)
                # The jitter spreads reconnects; nothing secret hangs on it.
                self._stopping.wait(pause_s * (1 + random.uniform(-JITTER, JITTER)))  # noqa: S311
                continue
            failures = 0
            self._serve(connection, session)

    def _connect(self) -> Any:
        template = kombu.Connection(
            self._uri,
            connect_timeout=CONNECT_TIMEOUT_S,
            heartbeat=HEARTBEAT_S,
            transport_options={
                "read_timeout": TICK_S,
                "write_timeout": WRITE_TIMEOUT_S,
                "client_properties": {"connection_name": self.name},
            },
        )
        connection = template.transport.establish_connection()
        _speed_up(connection.transport)
        return connection

    def _serve(self, connection: Any, session: S) -> None:
        with self._changed:
            self._connection, self._session = connection, session
            self._changed.notify_all()
        _log.info("broker_reached", link=self.name)
        try:
            self._read(connection, session)
        except Exception as fault:  # noqa: BLE001  # whatever broke the connection, the answer is a new one
            if not self._stopping.is_set():
                _log.warning("broker_lost", link=self.name, error=type(fault).__name__)
        finally:
            with self._changed:
                self._session, self._connection = None, None
                self._down_since = monotonic()
            session.lost()
            _discard(connection)

    def _read(self, connection: Any, session: S) -> None:
        writer = writer_of(connection)
        next_tick = monotonic() + TICK_S
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                connection.drain_events()
            if monotonic() >= next_tick:
                # To a side that takes nothing a heartbeat says nothing, and writing it would hold up who publishes.
                if writer is None or writer.takes_bytes():
                    connection.heartbeat_tick()
                session.tick()
                next_tick = monotonic() + TICK_S


def _speed_up(transport: Any) -> None:
    """Reads what the socket has and writes no longer than there is time. A transport with TLS keeps its own ways."""
    if isinstance(transport, TCPTransport):
        # PERF: not a frame's header, body and end one by one: 0.31 instead of 0.42 CPU-ms a call.
        receive = transport.sock.recv
        transport._quick_recv = lambda _wanted: receive(READ_AHEAD_BYTES)
        transport._write = BoundedWriter(transport.sock)


def writer_of(connection: Any) -> BoundedWriter | None:
    """What bounds the writes of this connection; None where its transport does that by itself (TLS)."""
    writer = connection.transport._write
    return writer if isinstance(writer, BoundedWriter) else None


def _shut(connection: Any) -> None:
    """Wakes the reading thread by ending the socket under it."""
    if connection is None:
        return
    with suppress(Exception):  # the connection may be closing at this very moment
        connection.sock.shutdown(socket.SHUT_RDWR)


def _discard(connection: Any) -> None:
    if connection is None:
        return
    with suppress(Exception):  # nothing is asked of a connection that is given up
        connection.collect()
