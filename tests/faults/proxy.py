"""A TCP proxy of our own: it stands in a link between two processes and misbehaves when it is told to.

Owns the links and what each does to the bytes that pass. Knows nothing of what the bytes mean. Everything runs on one event loop;
the switches may be thrown from any thread.

``latency``   each chunk waits before it goes on; order stays
``throttle``  so many bytes a second and no more
``black_hole``  connections stand and nothing passes, as behind a dead switch; new ones are taken and wait too
``cut``       every connection ends in order, both sides see an end
``reset``     every connection is torn down hard
``torn``      half of the next chunk passes, then the connection is torn down: a message that never ends
``refuse``    as ``reset``, and new connections are torn down too until it is over
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from dataclasses import dataclass, field

KINDS = ("latency", "throttle", "black_hole", "cut", "reset", "torn", "refuse")
LASTING = ("latency", "throttle", "black_hole", "refuse")
"""Kinds that last until they are ended; the others strike once."""

LOOPBACK = "127.0.0.1"
MAX_WAITING_BYTES = 4 * 1024 * 1024
"""Of one direction, while a fault holds them back: then the sender is not read from any more, as by a full socket."""

BACKLOG = 512
_HARD_END = struct.pack("ii", 1, 0)


class Half(asyncio.Protocol):
    """One side of a connection: what comes in here goes out at the other side."""

    def __init__(self, link: Link, other: Half | None = None) -> None:
        self.link = link
        self.other = other
        self.transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._ended = False
        self._free_at = 0.0
        self._late: deque[tuple[float, bytes]] = deque()  # bounded by MAX_WAITING_BYTES: then nothing more is read
        self._waiting_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        name = transport.get_extra_info("socket")
        name.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.other is None:
            self.link.taken(self)
        elif self.other.transport is None or self.other.transport.is_closing():
            self.tear()
        else:
            early, self.other._early = self.other._early, []
            for chunk in early:
                self.other.pass_on(chunk)

    def data_received(self, data: bytes) -> None:
        if self.link.torn_next:
            self.link.torn_next = False
            if self.other is not None and self.other.transport is not None:
                self.other.transport.write(data[: len(data) // 2])
            self._loop.call_later(0.02, self.tear_both)
            return
        self.pass_on(data)

    def pass_on(self, data: bytes) -> None:
        if self.other is None or self.other.transport is None:
            self._early.append(data)
            return
        delay_s = self.link.delay_s(len(data))
        if delay_s == 0.0 and not self._late:
            self.other.transport.write(data)
            return
        # What takes time to send begins after what is being sent; what takes time to arrive travels beside it, in order.
        start = max(self._loop.time(), self._free_at) if self.link.bytes_per_s else self._loop.time()
        self._free_at = max(start + delay_s, self._free_at)
        self._late.append((self._free_at, data))
        self._waiting_bytes += len(data)
        if self._waiting_bytes > MAX_WAITING_BYTES and self.transport is not None:
            self.transport.pause_reading()
        if len(self._late) == 1:
            self._loop.call_at(self._free_at, self._write_late)

    def _write_late(self) -> None:
        while self._late and self._late[0][0] <= self._loop.time():
            _, data = self._late.popleft()
            self._waiting_bytes -= len(data)
            if self.other is not None and self.other.transport is not None and not self.other.transport.is_closing():
                self.other.transport.write(data)
        if self._late:
            self._loop.call_at(self._late[0][0], self._write_late)
        elif self._ended:
            self._end_other()
        if self._waiting_bytes <= MAX_WAITING_BYTES and not self.link.hole:
            self.read_on()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self.link.gone(self)
        if error is not None and self.other is not None:
            self.other.tear()
        elif not self._late:
            self._end_other()

    def _end_other(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return self.link.loop

    def hold(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def read_on(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def tear(self) -> None:
        """Ends with a reset: the other end learns it as an error, not as an end."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD_END)
            self.transport.abort()

    def tear_both(self) -> None:
        self.tear()
        if self.other is not None:
            self.other.tear()


@dataclass
class Link:
    """A way from one process to another, through the proxy."""

    name: str
    target_port: int
    loop: asyncio.AbstractEventLoop
    port: int = 0
    latency_s: float = 0.0
    bytes_per_s: int = 0
    hole: bool = False
    refusing: bool = False
    torn_next: bool = False
    accepted: int = 0
    _near: set[Half] = field(default_factory=set)
    _far: set[Half] = field(default_factory=set)
    _waiting: list[Half] = field(default_factory=list)
    _opening: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await self.loop.create_server(lambda: Half(self), LOOPBACK, 0, backlog=BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        self._tear_all()

    def delay_s(self, size: int) -> float:
        return size / self.bytes_per_s if self.bytes_per_s else self.latency_s

    def taken(self, near: Half) -> None:
        """A new connection came in."""
        self.accepted += 1
        self._near.add(near)
        if self.refusing:
            near.tear()
        elif self.hole:
            near.hold()
            self._waiting.append(near)
        else:
            self._reach(near)

    def _reach(self, near: Half) -> None:
        task = self.loop.create_task(self._connect(near))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self, near: Half) -> None:
        far = Half(self, near)
        near.other = far
        try:
            await self.loop.create_connection(lambda: far, LOOPBACK, self.target_port)
        except OSError:
            near.tear()
            return
        self._far.add(far)
        if self.hole:
            near.hold()
            far.hold()

    def gone(self, half: Half) -> None:
        self._near.discard(half)
        self._far.discard(half)

    @property
    def connections(self) -> int:
        return len(self._near)

    def begin(self, kind: str, amount: float = 0.0) -> None:
        """Throws a switch; ``amount`` is seconds of latency or bytes a second. Call it on the loop."""
        match kind:
            case "latency":
                self.latency_s = amount
            case "throttle":
                self.bytes_per_s = max(1, int(amount))
            case "black_hole":
                self.hole = True
                for half in self._halves():
                    half.hold()
            case "refuse":
                self.refusing = True
                self._tear_all()
            case "cut":
                for half in self._halves():
                    half.close()
            case "reset":
                self._tear_all()
            case "torn":
                self.torn_next = True
            case _:
                raise ValueError(f"{kind} is none of {', '.join(KINDS)}")

    def end(self, kind: str) -> None:
        """Ends a lasting kind; for the others there is nothing to end."""
        match kind:
            case "latency":
                self.latency_s = 0.0
            case "throttle":
                self.bytes_per_s = 0
            case "refuse":
                self.refusing = False
            case "black_hole":
                self.hole = False
                for half in self._halves():
                    half.read_on()
                waiting, self._waiting = self._waiting, []
                for near in waiting:
                    if near.transport is not None and not near.transport.is_closing():
                        self._reach(near)
            case "torn":
                self.torn_next = False

    def _halves(self) -> list[Half]:
        return [*self._near, *self._far]

    def _tear_all(self) -> None:
        for half in self._halves():
            half.tear()


class Proxy:
    """All links of a bench, on a loop that runs elsewhere."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.links: dict[str, Link] = {}

    def add(self, name: str, target_port: int) -> int:
        """Opens a link; the port by which it is entered."""
        link = Link(name, target_port, self.loop)
        asyncio.run_coroutine_threadsafe(link.open(), self.loop).result()
        self.links[name] = link
        return link.port

    def begin(self, name: str, kind: str, amount: float = 0.0) -> None:
        self._on_loop(lambda: self.links[name].begin(kind, amount))

    def end(self, name: str, kind: str) -> None:
        self._on_loop(lambda: self.links[name].end(kind))

    def end_all(self) -> None:
        """Every link carries again."""
        for name in self.links:
            for kind in (*LASTING, "torn"):
                self.end(name, kind)

    def close(self) -> None:
        for link in self.links.values():
            asyncio.run_coroutine_threadsafe(link.shut(), self.loop).result()

    def _on_loop(self, work: object) -> None:
        async def run() -> None:
            assert callable(work)
            work()

        asyncio.run_coroutine_threadsafe(run(), self.loop).result()
