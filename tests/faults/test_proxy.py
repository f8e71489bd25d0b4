"""The bench's own proxy: each kind of fault does to a connection what its name says, and is over when it is ended."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.proxy import Proxy

PATIENCE_S = 10.0
SHORT_S = 0.3
TEXT = b"a word that comes back"


class Echo:
    """A server that sends back what it gets."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(near,), daemon=True).start()

    @staticmethod
    def _answer(near: socket.socket) -> None:
        with suppress(OSError), near:
            while data := near.recv(65_536):
                near.sendall(data)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """With one link, ``echo``, to a server that echoes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    echo, proxy = Echo(), Proxy(loop)
    proxy.add("echo", echo.port)
    yield proxy
    proxy.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    echo.close()


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.links["echo"].port), timeout=PATIENCE_S)


def said_back(client: socket.socket, text: bytes = TEXT) -> bytes:
    client.sendall(text)
    return received(client, len(text))


def carries(proxy: Proxy, link: str) -> bool:
    """Whether a new connection is answered; an end or a reset instead is a no, silence is a failure of the test."""
    try:
        with socket.create_connection(("127.0.0.1", proxy.links[link].port), timeout=PATIENCE_S) as client:
            return said_back(client) == TEXT
    except ConnectionError:
        return False


def received(client: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (chunk := client.recv(size - len(found))):
        found += chunk
    return found


def test_an_open_link_carries_everything(proxy: Proxy) -> None:
    with connected(proxy) as client:
        large = bytes(range(256)) * 4_000
        sender = threading.Thread(target=client.sendall, args=(large,))
        sender.start()
        assert received(client, len(large)) == large
        sender.join()


@pytest.mark.parametrize(("kind", "amount"), [("latency", 0.05), ("throttle", 4_000)])
def test_a_slow_link_loses_and_reorders_nothing(proxy: Proxy, kind: str, amount: float) -> None:
    proxy.begin("echo", kind, amount)
    with connected(proxy) as client:
        for number in range(20):
            client.sendall(f"{number:03d}".encode())
        proxy.end("echo", kind)
        client.sendall(b"end")
        assert received(client, 63) == b"".join(f"{number:03d}".encode() for number in range(20)) + b"end"


def test_nothing_passes_a_black_hole_and_nothing_is_lost_in_it(proxy: Proxy) -> None:
    with connected(proxy) as before:
        assert said_back(before) == TEXT
        proxy.begin("echo", "black_hole")
        before.sendall(TEXT)
        with connected(proxy) as meanwhile:
            meanwhile.sendall(TEXT)
            for client in (before, meanwhile):
                client.settimeout(SHORT_S)
                with pytest.raises(TimeoutError):
                    client.recv(1)
                client.settimeout(PATIENCE_S)
            proxy.end("echo", "black_hole")
            assert [received(client, len(TEXT)) for client in (before, meanwhile)] == [TEXT, TEXT]


def test_a_cut_ends_connections_in_order_and_lets_new_ones_in(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert said_back(client) == TEXT
        proxy.begin("echo", "cut")
        assert client.recv(1) == b""
    with connected(proxy) as again:
        assert said_back(again) == TEXT


def test_a_reset_is_an_error_at_the_other_end(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert said_back(client) == TEXT
        proxy.begin("echo", "reset")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with connected(proxy) as again:
        assert said_back(again) == TEXT


def test_a_torn_message_stays_a_half(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert said_back(client) == TEXT
        proxy.begin("echo", "torn")
        client.sendall(TEXT)
        found = b""
        with suppress(ConnectionResetError):
            found = received(client, len(TEXT))
        assert TEXT.startswith(found)
        assert len(found) < len(TEXT)
    with connected(proxy) as again:
        assert said_back(again) == TEXT


def test_a_refusing_link_tears_new_connections_until_it_is_over(proxy: Proxy) -> None:
    proxy.begin("echo", "refuse")
    assert not carries(proxy, "echo")
    proxy.end_all()
    assert carries(proxy, "echo")


def test_a_server_that_is_not_there_is_not_there_through_the_proxy_either(proxy: Proxy) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    proxy.add("nobody", port)
    assert not carries(proxy, "nobody")


def test_an_unknown_kind_is_refused(proxy: Proxy) -> None:
    with pytest.raises(ValueError, match="tickle"):
        proxy.begin("echo", "tickle")
