"""Writing to a socket for no longer than there is time: what a frozen broker does not take must not hold a caller.

A blocking ``sendall`` waits as long as the other side likes, and everybody behind it with it. Knows bytes and time, no frames.
"""

from __future__ import annotations

import select
import socket
from time import monotonic

WRITE_TIMEOUT_S = 2.0
"""Longer than any pause of a live broker: a write that waits this long goes nowhere."""
_DO_NOT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)


class BoundedWriter:
    """Takes the place of a socket's ``sendall``. One thread writes at a time; whoever has a deadline sets ``until`` first."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        # One for who writes and one for who only looks: a poll object serves one thread at a time.
        self._poll, self._look = select.poll(), select.poll()
        self._poll.register(sock, select.POLLOUT)
        self._look.register(sock, select.POLLOUT)
        self.until: float | None = None
        """When the present writer gives up, if that is earlier than WRITE_TIMEOUT_S from now."""

    def __call__(self, data: bytes | memoryview) -> None:
        """Raises TimeoutError when the time is over before everything is written: the connection is then of no more use."""
        left = memoryview(data)[self._send(data) :]
        if not left:
            return
        latest = monotonic() + WRITE_TIMEOUT_S
        deadline = latest if self.until is None else min(latest, self.until)
        while left:
            wait_s = deadline - monotonic()
            if wait_s <= 0 or not self._poll.poll(max(1, int(wait_s * 1000))):
                raise TimeoutError("the broker takes nothing")
            left = left[self._send(left) :]

    def takes_bytes(self) -> bool:
        """Whether a small write would go through at once. For the thread that reads, beside the one that writes."""
        return bool(self._look.poll(0))

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self._socket.send(data, _DO_NOT_WAIT)
        except BlockingIOError:
            return 0
