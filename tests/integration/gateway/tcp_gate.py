"""A gate between a client and a server that a test can shut, freeze and open: losses at a chosen moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 65_536
MAX_CONNECTIONS = 64
JOIN_TIMEOUT_S = 5


class TcpGate:
    """Forwards every connection to the server behind it while it is open."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5672)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=MAX_CONNECTIONS)
        self._flowing = threading.Event()
        self._flowing.set()
        self._accepting = True
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        user = parts.netloc.rpartition("@")[0]
        self.uri = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self._listener.getsockname()[1]}"))
        self.accepted = 0

    def __enter__(self) -> TcpGate:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._flowing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts; closing alone would not
        self.cut()
        for thread in self._threads:
            thread.join(JOIN_TIMEOUT_S)
        for one in (*self._sockets, self._listener):
            one.close()

    def cut(self) -> None:
        """Breaks every connection that stands; new ones are let through."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Breaks every connection and lets no new one through until ``open``."""
        self._accepting = False
        self.cut()

    def open(self) -> None:
        self._accepting = True

    def freeze(self) -> None:
        """Lets connections stand and carries nothing, as a server does that was stopped."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._sockets.append(near)
                if not self._accepting:
                    near.close()
                    continue
                self.accepted += 1
                far = socket.create_connection(self._target)
                self._sockets.append(far)
                with self._lock:
                    self._pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    self._start(self._carry, source, sink)

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                self._flowing.wait()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
