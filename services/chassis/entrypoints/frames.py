"""Messages as they arrive and as they leave, in AMQP 0-9-1's own frames.

amqp decodes a message's properties while it reads, so that one wrong byte in a header breaks the connection, comes again and
breaks the next one; kombu unpacks whatever a header calls compressed. Here a delivery is taken as bytes: what can't be read is
the door's to refuse. Sending only writes: ``basic_publish`` also reads, which must never happen beside a consumer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import error as StructError  # noqa: N812 (its own name says nothing)
from struct import pack, unpack_from
from typing import Any

from amqp import serialization
from amqp.method_framing import frame_handler as amqp_frame_handler
from amqp.method_framing import frame_writer as amqp_frame_writer
from eventlet.semaphore import Semaphore

from services.contracts.envelope import CONTENT_TYPE, MAX_CALL_BYTES
from services.contracts.errors import InvalidMessage

METHOD, HEADER, BODY = 1, 2, 3
FRAME_END = b"\xce"
FRAME_OVERHEAD = 8
_DELIVER = pack(">HH", 60, 60)
_PUBLISH = pack(">HHH", 60, 40, 0)
_TYPED, _ENCODED, _HEADERS, _MODE, _PRIORITY, _CORRELATION, _REPLY_TO, _EXPIRATION = (
    1 << bit for bit in range(15, 7, -1)
)
"""Which properties follow, in this order."""
_ALWAYS = _TYPED | _ENCODED | _MODE
_CONTENT = bytes([len(CONTENT_TYPE)]) + CONTENT_TYPE.encode() + b"\x05utf-8"
_TRANSIENT, _PERSISTENT = b"\x01", b"\x02"


class Delivery:
    """One message as the broker delivered it. ``body`` is cut at MAX_CALL_BYTES, ``size`` is the whole."""

    __slots__ = (
        *("body", "channel", "consumer_tag", "content_encoding", "content_type", "correlation_id", "expiration"),
        *("headers_table", "is_broken", "redelivered", "reply_to", "routing_key", "size", "tag", "_parts", "_received"),
    )
    errors = ()
    """kombu's consumer asks for what went wrong while it decoded: nothing is decoded here."""

    def __init__(self, channel: Any, arguments: bytes) -> None:
        self.size = 0
        self.channel = channel
        self.consumer_tag, at = _short(arguments, 4)
        self.tag, self.redelivered = unpack_from(">Q?", arguments, at)
        _, at = _short(arguments, at + 9)
        self.routing_key = _short(arguments, at)[0].decode("utf-8", "replace")
        self.content_type = self.content_encoding = self.correlation_id = self.reply_to = self.expiration = b""
        self.headers_table = self.body = b""
        self.is_broken = False
        self._parts: list[bytes] = []
        self._received = 0

    def add_header(self, payload: bytes) -> bool:
        """Takes the properties; whether the message is whole."""
        self.size, flags = unpack_from(">QH", payload, 4)
        try:
            self._read_properties(payload, flags)
        except (StructError, IndexError):
            self.is_broken = True
        return not self.size

    def _read_properties(self, payload: bytes, flags: int) -> None:
        at = 14
        if flags & _TYPED:
            self.content_type, at = _short(payload, at)
        if flags & _ENCODED:
            self.content_encoding, at = _short(payload, at)
        if flags & _HEADERS:
            end = at + 4 + unpack_from(">I", payload, at)[0]
            self.headers_table, at = payload[at:end], end
        at += bool(flags & _MODE) + bool(flags & _PRIORITY)
        if flags & _CORRELATION:
            text, at = _short(payload, at)
            self.correlation_id = text if text.isascii() else b""  # sent back, it would break its sender's client
        if flags & _REPLY_TO:
            text, at = _short(payload, at)
            self.reply_to = text if text.isascii() else b""
        if flags & _EXPIRATION:
            self.expiration, at = _short(payload, at)

    def add_body(self, payload: bytes) -> bool:
        """Takes a part of the body; whether the message is whole."""
        kept = self._received
        self._received += len(payload)
        if kept < MAX_CALL_BYTES:
            self._parts.append(payload[: MAX_CALL_BYTES - kept])
        if self._received < self.size:
            return False
        self.body = b"".join(self._parts)
        self._parts.clear()
        return True

    def headers(self) -> dict[Any, Any]:
        """The table of headers. Raises InvalidMessage when it can't be read."""
        if self.is_broken:
            raise InvalidMessage(fields={"properties": "not readable"})
        if not self.headers_table:
            return {}
        try:
            table: dict[Any, Any] = serialization.loads("F", self.headers_table, 0)[0][0]
        except Exception:  # noqa: BLE001 (whatever a table of bytes makes the reader raise, recursion included)
            raise InvalidMessage(fields={"headers": "not readable"}) from None
        return table


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send; always JSON."""

    exchange: str
    routing_key: bytes
    body: bytes
    correlation_id: bytes = b""
    reply_to: bytes = b""
    expiration: bytes = b""
    headers: dict[str, str | int] = field(default_factory=dict)
    is_durable: bool = False

    def frames(self, channel: int, frame_max: int) -> bytes:
        """The whole message as it goes over the wire."""
        exchange, key, size = self.exchange.encode(), self.routing_key, len(self.body)
        arguments = b"%b%c%b%c%b\0" % (_PUBLISH, len(exchange), exchange, len(key), key)
        frames = _frame(METHOD, channel, arguments) + _frame(
            HEADER, channel, pack(">HHQ", 60, 0, size) + self._properties()
        )
        step = frame_max - FRAME_OVERHEAD
        if size <= step:
            return frames + _frame(BODY, channel, self.body) if size else frames
        return frames + b"".join(_frame(BODY, channel, self.body[at : at + step]) for at in range(0, size, step))

    def _properties(self) -> bytes:
        flags, parts = _ALWAYS, [_CONTENT]
        if self.headers:
            flags |= _HEADERS
            parts.append(serialization.dumps("F", [self.headers]))
        parts.append(_PERSISTENT if self.is_durable else _TRANSIENT)
        for flag, text in (
            (_CORRELATION, self.correlation_id),
            (_REPLY_TO, self.reply_to),
            (_EXPIRATION, self.expiration),
        ):
            if text:
                flags |= flag
                parts.append(b"%c%b" % (len(text), text))
        return pack(">H", flags) + b"".join(parts)


def ack_frame(channel: int, tag: int) -> bytes:
    return pack(">BHIHHQBB", METHOD, channel, 13, 60, 80, tag, 0, FRAME_END[0])


def frame_handler(connection: Any, callback: Any) -> Any:
    """For amqp's connection: its own handler, but deliveries are made here and given to their consumer as they are."""
    others = amqp_frame_handler(connection, callback)
    arriving: dict[int, Delivery] = {}

    def on_frame(frame: tuple[int, int, bytes]) -> bool:
        kind, number, payload = frame
        if kind == METHOD and payload.startswith(_DELIVER):
            connection.bytes_recv += 1
            arriving[number] = Delivery(connection.channels[number], payload)
            return False
        delivery = arriving.get(number) if kind in (HEADER, BODY) else None
        if delivery is None:
            return bool(others(frame))
        connection.bytes_recv += 1
        is_whole = delivery.add_header(payload) if kind == HEADER else delivery.add_body(payload)
        if is_whole:
            del arriving[number]
            _hand_over(delivery)
        return is_whole

    return on_frame


def _hand_over(delivery: Delivery) -> None:
    channel = delivery.channel
    consume = channel.callbacks.get(delivery.consumer_tag.decode())
    if consume is None:  # cancelled a moment ago
        channel.basic_reject(delivery.tag, requeue=True)
    else:
        consume(delivery)


def frame_writer(connection: Any, transport: Any) -> Any:
    """For amqp's connection: its own writer, and ``connection.send_whole`` for frames of ours. Neither breaks into the other."""
    lock = Semaphore(1)
    write_one = amqp_frame_writer(connection, transport)

    def write_frame(*frame: Any) -> None:
        with lock:
            write_one(*frame)

    def send_whole(frames: bytes) -> None:
        with lock:
            transport.write(frames)
        connection.bytes_sent += 1

    connection.send_whole = send_whole
    return write_frame


def _short(data: bytes, at: int) -> tuple[bytes, int]:
    """A text of at most 255 bytes, and where it ends."""
    end = at + 1 + data[at]
    return data[at + 1 : end], end


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + FRAME_END
