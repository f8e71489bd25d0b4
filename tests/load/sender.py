"""A lean HTTP load: prepared requests over kept connections, in processes of their own.

Closed: each connection sends its next request when the answer is there. Open: requests leave at their own times whatever the
answers do, and a late one counts from when it should have left, so that a queue shows.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

SENDERS = 2
WAIT_S = 60.0
"""Of a whole part of a run: then it is broken."""
READ_BYTES = 65_536
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the requests: seconds that each took, statuses other than the wanted, and from when to when."""

    latencies_s: list[float]
    refused: dict[int, int]
    started_s: float
    ended_s: float

    @property
    def a_second(self) -> float:
        return len(self.latencies_s) / (self.ended_s - self.started_s)


def post(host: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END + body


def send(
    address: tuple[str, int],
    requests: Sequence[bytes],
    *,
    clients: int,
    status: int,
    rate: float | None = None,
    wait_s: float = WAIT_S,
) -> Outcome:
    """Sends all requests by ``clients`` connections. ``rate``: so many a second, open; without it closed."""
    context = multiprocessing.get_context("spawn")
    start = time.time() + 1.0  # when all senders have come up
    with ProcessPoolExecutor(SENDERS, mp_context=context) as pool:
        shares = [requests[n::SENDERS] for n in range(SENDERS)]
        rates = rate / SENDERS if rate is not None else None
        each = clients // SENDERS
        parts = [pool.submit(_send, address, share, each, status, rates, start, wait_s) for share in shares]
        outcomes = [part.result(timeout=wait_s * 3) for part in parts]
    refused: dict[int, int] = {}
    for one in outcomes:
        for code, count in one.refused.items():
            refused[code] = refused.get(code, 0) + count
    return Outcome(
        [latency for one in outcomes for latency in one.latencies_s],
        refused,
        min(one.started_s for one in outcomes),
        max(one.ended_s for one in outcomes),
    )


@dataclass(slots=True)
class _Line:
    """One connection with at most one request under way."""

    socket: socket.socket
    due_s: float = 0.0
    got: bytearray = field(default_factory=bytearray)


def _send(
    address: tuple[str, int],
    requests: Sequence[bytes],
    clients: int,
    status: int,
    rate: float | None,
    start: float,
    wait_s: float,
) -> Outcome:
    selector = selectors.DefaultSelector()
    idle: deque[_Line] = deque()
    for _ in range(clients):
        connected = socket.create_connection(address)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(connected)
        selector.register(connected, selectors.EVENT_READ, line)
        idle.append(line)
    time.sleep(max(0.0, start - time.time()))
    began, latencies, refused, following = time.time(), [], {}, 0  # type: ignore[var-annotated]
    while len(latencies) + sum(refused.values()) < len(requests):
        now = time.time()
        if now - began > wait_s:
            raise TimeoutError(f"{len(latencies)} of {len(requests)} answers after {wait_s:.0f} s; refused: {refused}")
        while idle and following < len(requests):
            due = now if rate is None else began + following / rate
            if due > now:
                break
            line = idle.popleft()
            line.due_s = due
            line.socket.sendall(requests[following])
            following += 1
        wait = 1.0
        if rate is not None and idle and following < len(requests):
            wait = max(0.0, began + following / rate - now)
        for key, _ in selector.select(wait):
            code = _receive(key.data)
            if code is None:
                continue
            if code == status:
                latencies.append(time.time() - key.data.due_s)
            else:
                refused[code] = refused.get(code, 0) + 1
            idle.append(key.data)
    return Outcome(latencies, refused, began, time.time())


def _receive(line: _Line) -> int | None:
    """The status once the whole answer is here."""
    part = line.socket.recv(READ_BYTES)
    if not part:
        raise ConnectionError("the gateway closed a kept connection")
    line.got += part
    end = line.got.find(_END)
    if end < 0:
        return None
    head = bytes(line.got[:end]).lower()
    at = head.find(_LENGTH)
    length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if len(line.got) < end + len(_END) + length:
        return None
    status = int(head[9:12])
    line.got.clear()
    return status
