"""How messages come in, are worked on and leave: nameko's own way, or the fast one. What becomes of one is the doors' affair.

Both keep one promise: what is sent on account of a message leaves before the message is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from struct import unpack_from
from typing import Any, Protocol

import eventlet
from eventlet.hubs import trampoline
from nameko.amqp.publish import Publisher
from nameko.extensions import DependencyProvider

from services.chassis.entrypoints.frames import FRAME_END, FRAME_OVERHEAD, Delivery, Outgoing, ack_frame
from services.chassis.logging import get_logger
from services.contracts.envelope import CONTENT_TYPE

_log = get_logger(__name__)
READ_S = 1.0
"""A wait for frames: then heartbeats are due, and whether to stop is looked at."""
READ_AHEAD_BYTES = 64 * 1024
Finished = Callable[[Any, BaseException | None], None]


class Transport(Protocol):
    """One consumer's, used by its greenlet and by those of its workers."""

    under_way: int
    """Messages that are being worked on."""

    def read(self, line: Any) -> None:
        """Hands over what has arrived on amqp's connection, or arrives within READ_S. Raises when it is lost."""
        ...

    def work(self, entrypoint: Any, arguments: tuple[Any, ...], finished: Finished) -> None:
        """Has a worker run the entrypoint's method, then ``finished`` with its result or what it raised."""
        ...

    def send_and_ack(self, message: Delivery, *outgoing: Outgoing) -> None:
        """Sends, then acknowledges."""
        ...


class StockTransport:
    """As nameko does it: a read for each part of a frame, a worker of the container, a publisher that waits for its confirm."""

    def __init__(self, container: Any) -> None:
        self.container = container
        self.under_way = 0
        self._publisher = Publisher(container.config["AMQP_URI"])

    def read(self, line: Any) -> None:
        _read_frame(line)

    def work(self, entrypoint: Any, arguments: tuple[Any, ...], finished: Finished) -> None:
        def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            try:
                finished(result, exc_info[1] if exc_info else None)
            except Exception:  # noqa: BLE001 (nothing may be raised into the process)
                _log.exception("message_not_finished")
            finally:
                self.under_way -= 1
            return None, None

        self.under_way += 1
        try:
            self.container.spawn_worker(entrypoint, arguments, {}, handle_result=handle_result)
        except BaseException:
            self.under_way -= 1
            raise

    def send_and_ack(self, message: Delivery, *outgoing: Outgoing) -> None:
        for one in outgoing:
            self._publisher.publish(
                one.body,
                exchange=one.exchange,
                routing_key=_text(one.routing_key),
                content_type=CONTENT_TYPE,
                content_encoding="utf-8",
                correlation_id=_text(one.correlation_id) or None,
                reply_to=_text(one.reply_to) or None,
                expiration=int(one.expiration) / 1000 if one.expiration else None,
                headers=one.headers,
                delivery_mode=2 if one.is_durable else 1,
            )
        if message.channel.connection:
            message.channel.basic_ack(message.tag)


class FastTransport:
    """Reads all that has arrived at once, and sends answer and acknowledgement at once on the connection they came by.

    A service keeps nothing of a call in itself, so one of it serves all calls; each call has a greenlet and nothing around it.
    How many there are is bounded by what the broker delivers unacknowledged.
    """

    def __init__(self, container: Any) -> None:
        self.container = container
        self.under_way = 0

    @cached_property
    def _service(self) -> Any:
        service = self.container.service_cls()
        for provider in self.container.dependencies:
            for hook in ("worker_setup", "worker_result", "worker_teardown"):
                if getattr(type(provider), hook) is not getattr(DependencyProvider, hook):
                    raise TypeError(
                        f"{type(provider).__name__}.{hook} is never called here: it needs the stock entrypoints"
                    )
            setattr(service, provider.attr_name, provider.get_dependency(None))
        return service

    def read(self, line: Any) -> None:
        transport = line.transport
        sock = transport.sock
        if not hasattr(sock, "fd"):  # TLS keeps what it has read ahead for itself
            return _read_frame(line)
        try:
            data = sock.fd.recv(READ_AHEAD_BYTES)
        except BlockingIOError:
            try:
                trampoline(sock.fileno(), read=True, timeout=READ_S, timeout_exc=TimeoutError)
            except TimeoutError:
                return None
            data = sock.fd.recv(READ_AHEAD_BYTES)
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        self._take_frames(line, transport, data)
        eventlet.sleep(0)
        return None

    @staticmethod
    def _take_frames(line: Any, transport: Any, data: bytes) -> None:
        """Handles each whole frame. What is left stays where amqp itself reads first, should a handler wait for an answer."""
        buffer = transport._read_buffer + data
        at, end = 0, len(buffer)
        frames = []
        while end - at >= FRAME_OVERHEAD:
            kind, channel, size = unpack_from(">BHI", buffer, at)
            after = at + FRAME_OVERHEAD + size
            if after > end:
                break
            if buffer[after - 1 : after] != FRAME_END:
                raise ConnectionAbortedError("a frame without its end")
            frames.append((kind, channel, buffer[at + 7 : after - 1]))
            at = after
        transport._read_buffer = buffer[at:]
        for frame in frames:
            line.on_inbound_frame(frame)

    def work(self, entrypoint: Any, arguments: tuple[Any, ...], finished: Finished) -> None:
        self.under_way += 1
        eventlet.spawn_n(self._work, getattr(self._service, entrypoint.method_name), arguments, finished)

    def _work(self, method: Callable[..., Any], arguments: tuple[Any, ...], finished: Finished) -> None:
        try:
            try:
                result, fault = method(*arguments), None
            except Exception as raised:  # noqa: BLE001 (whatever a method raises, its message needs an end)
                _log.exception("method_raised")
                result, fault = None, raised
            finished(result, fault)
        except Exception:  # noqa: BLE001 (nothing may be raised into the process)
            _log.exception("message_not_finished")
        finally:
            self.under_way -= 1

    def send_and_ack(self, message: Delivery, *outgoing: Outgoing) -> None:
        channel = message.channel
        line = channel.connection
        if line:  # else the message is the broker's again, and comes again
            number = channel.channel_id
            frames = b"".join(one.frames(number, line.frame_max) for one in outgoing)
            line.send_whole(frames + ack_frame(number, message.tag))


TRANSPORTS: dict[str, Callable[[Any], Transport]] = {"fast": FastTransport, "stock": StockTransport}


def _read_frame(line: Any) -> None:
    with suppress(TimeoutError):
        line.drain_events(timeout=READ_S)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
