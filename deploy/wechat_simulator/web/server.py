"""A small WSGI server with a bounded number of threads. Serves one application and knows nothing about it."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

THREADS = 24
WAITING_CONNECTIONS = 128
SOCKET_TIMEOUT_S = 30


class Handler(WSGIRequestHandler):
    timeout = SOCKET_TIMEOUT_S

    def get_environ(self) -> dict[str, Any]:
        """With the path exactly as it was sent, which is what a merchant signs."""
        environ: dict[str, Any] = super().get_environ()
        environ["RAW_URI"] = self.path
        return environ

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Silent: addresses hold codes and secrets."""


class Server(WSGIServer):
    """Handles each connection on a thread of the pool; what finds no thread waits in the socket's bounded queue."""

    request_queue_size = WAITING_CONNECTIONS

    def __init__(self, address: tuple[str, int]) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="http")
        self._free = threading.BoundedSemaphore(THREADS)
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Without the look-up of the host's name that the standard server makes."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._free.acquire()
        self._pool.submit(self._serve, request, client_address)

    def server_close(self) -> None:
        super().server_close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A phone that hangs up is no news."""

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            self.handle_error(request, client_address)
        finally:
            self._free.release()
            self.shutdown_request(request)
