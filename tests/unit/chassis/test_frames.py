"""A delivery is taken from any bytes that a broker can hand over, and what is sent can be read as it was meant."""

from __future__ import annotations

from struct import error as StructError  # noqa: N812 (its own name says nothing)
from struct import pack, unpack_from
from typing import Any

import pytest
from amqp import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.entrypoints.frames import BODY, FRAME_OVERHEAD, HEADER, METHOD, Delivery, Outgoing
from services.contracts.envelope import CONTENT_TYPE, MAX_CALL_BYTES
from services.contracts.errors import InvalidMessage

fuzzed = settings(max_examples=300, derandomize=True, deadline=None)
short = st.binary(max_size=255)
ascii_short = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=255).map(str.encode)
flags = st.integers(0, 2**16 - 1)


def delivered(tag: int = 7, key: bytes = b"dues.place_order") -> Delivery:
    head = pack(">HH", 60, 60) + b"\x08consumer" + pack(">Q?", tag, False)
    for text in (b"nameko-rpc", key):
        head += bytes([len(text)]) + text
    return Delivery(None, head)


def header(size: int, which: int, properties: bytes) -> bytes:
    return pack(">HHQH", 60, 0, size, which) + properties


@fuzzed
@given(which=flags, properties=st.binary(max_size=400), size=st.integers(0, 2**63 - 1))
def test_any_properties_are_read_or_the_message_is_broken(which: int, properties: bytes, size: int) -> None:
    delivery = delivered()
    assert delivery.add_header(header(size, which, properties)) is (size == 0)
    assert delivery.correlation_id.isascii()
    assert delivery.reply_to.isascii()
    try:
        assert isinstance(delivery.headers(), dict)
    except InvalidMessage:
        return


@fuzzed
@given(table=st.binary(max_size=200))
def test_any_table_of_headers_is_read_or_an_invalid_message(table: bytes) -> None:
    delivery = delivered()
    delivery.add_header(header(0, 1 << 13, pack(">I", len(table)) + table))
    try:
        assert isinstance(delivery.headers(), dict)
    except InvalidMessage:
        return


def test_twin_that_reads_the_table_as_amqp_does_falls_over() -> None:
    table = b"\x01xZ"
    delivery = delivered()
    delivery.add_header(header(0, 1 << 13, pack(">I", len(table)) + table))
    with pytest.raises(InvalidMessage):
        delivery.headers()
    with pytest.raises(Exception, match=r"(?i)unknown|malformed|unpack|table"):
        serialization.loads("F", pack(">I", len(table)) + table, 0)


@fuzzed
@given(key=short)
def test_a_routing_key_of_any_bytes_is_a_text(key: bytes) -> None:
    assert isinstance(delivered(key=key).routing_key, str)


@fuzzed
@given(parts=st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=8))
def test_a_body_is_whole_exactly_when_its_last_part_has_come(parts: list[bytes]) -> None:
    delivery, whole = delivered(), b"".join(parts)
    assert not delivery.add_header(header(len(whole), 0, b""))
    assert [delivery.add_body(part) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert delivery.body == whole


def test_no_more_of_a_body_is_kept_than_a_call_may_have() -> None:
    delivery, part = delivered(), bytes(100_000)
    count = MAX_CALL_BYTES // len(part) + 3
    delivery.add_header(header(count * len(part), 0, b""))
    assert [delivery.add_body(part) for _ in range(count)][-1]
    assert len(delivery.body) == MAX_CALL_BYTES
    assert delivery.size == count * len(part)


def frames_of(data: bytes) -> list[tuple[int, bytes]]:
    """The frames of a stream, each ending as AMQP demands."""
    found, at = [], 0
    while at < len(data):
        kind, _channel, size = unpack_from(">BHI", data, at)
        found.append((kind, data[at + 7 : at + 7 + size]))
        assert data[at + 7 + size] == 0xCE
        at += size + FRAME_OVERHEAD
    return found


headers = st.dictionaries(
    st.text(st.characters(codec="ascii"), min_size=1, max_size=20),
    st.text(max_size=20) | st.integers(0, 10**6),
    max_size=3,
)


@fuzzed
@given(
    body=st.binary(max_size=5000),
    headers=headers,
    correlation=ascii_short,
    reply_to=ascii_short,
    expiration=st.integers(0, 10**9).map(lambda ms: str(ms).encode()),
    frame_max=st.integers(64, 4096),
)
def test_what_is_sent_is_read_as_it_was_meant(
    body: bytes, headers: dict[str, Any], correlation: bytes, reply_to: bytes, expiration: bytes, frame_max: int
) -> None:
    sent = Outgoing("events", b"members.roster_changed", body, correlation, reply_to, expiration, headers)
    (kind, _), (second, properties), *bodies = frames_of(sent.frames(1, frame_max))
    assert (kind, second) == (METHOD, HEADER)
    assert all(part_kind == BODY and len(part) + FRAME_OVERHEAD <= frame_max for part_kind, part in bodies)
    delivery = delivered()
    done = [delivery.add_header(properties), *(delivery.add_body(part) for _, part in bodies)]
    assert done == [False] * (len(done) - 1) + [True]
    assert delivery.body == body
    assert delivery.headers() == headers
    assert (delivery.correlation_id, delivery.reply_to, delivery.expiration) == (correlation, reply_to, expiration)
    assert delivery.content_type == CONTENT_TYPE.encode()


def test_a_header_frame_that_is_cut_short_breaks_its_message_and_not_the_reader() -> None:
    delivery = delivered()
    delivery.add_header(header(0, 0xFFFF, b"\xff"))
    assert delivery.is_broken
    with pytest.raises(InvalidMessage):
        delivery.headers()
    with pytest.raises((StructError, IndexError)):
        delivery._read_properties(header(0, 1 << 13, b""), 1 << 13)
