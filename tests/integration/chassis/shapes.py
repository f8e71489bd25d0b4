"""Malformed messages: what a queue may hold and no sender of ours sends."""

from __future__ import annotations

import gzip
import pickle
import zlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.contracts.envelope import MAX_CALL_BYTES
from tests.integration.chassis.courier import entry, table, text

SOME_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
MISSING: Any = object()


@dataclass(frozen=True)
class Shape:
    """``properties`` differ from a sender's of ours; None leaves one out. ``key`` None is the good message's own."""

    name: str
    body: bytes
    properties: dict[str, bytes | None] = field(default_factory=dict)
    key: str | None = None


def changed(good: dict[str, Any], place: str, value: Any) -> bytes:
    """The good message with another value in one place, such as ``kwargs.call.caller``, or with none there."""
    whole: Any = deepcopy(good)
    *way, last = place.split(".")
    inner = whole
    for step in way:
        inner = inner[step]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return orjson.dumps(whole)


def bodies(good: dict[str, Any]) -> Iterator[Shape]:
    """No message of any kind."""
    whole = orjson.dumps(good)
    yield Shape("empty", b"")
    yield Shape("spaces", b"   ")
    yield Shape("half", whole[: len(whole) // 2])
    yield Shape("twice", whole + whole)
    yield Shape("words", b"good morning")
    yield Shape("not utf-8", whole.replace(b'"', b"\xff", 2))
    yield Shape("utf-16", whole.decode().encode("utf-16"))
    yield Shape("with a mark of byte order", b"\xef\xbb\xbf" + whole)
    yield Shape("zero bytes", b"\0" * 100)
    for name, value in (
        ("null", b"null"),
        ("a number", b"7"),
        ("a text", b'"call"'),
        ("a list", b"[1]"),
        ("true", b"true"),
    ):
        yield Shape(name, value)
    yield Shape("an empty object", b"{}")
    yield Shape("half a pair of surrogates", b'{"kwargs": "\\ud800"}')
    yield Shape("not a number", b'{"kwargs": NaN}')
    yield Shape("an endless number", b'{"kwargs": 1' + b"0" * 5000 + b"}")
    yield Shape("lists in lists", b"[" * 100_000 + b"]" * 100_000)
    yield Shape("objects in objects", b'{"kwargs":' * 20_000 + b"1" + b"}" * 20_000)
    yield Shape("a byte too large", whole + b" " * (MAX_CALL_BYTES + 1 - len(whole)))
    yield Shape("three megabytes", whole + b" " * 3_000_000)
    yield Shape("pickled", pickle.dumps(good))
    yield Shape("gzipped", gzip.compress(whole), {"content_encoding": b"gzip"})
    yield Shape("gzipped and not saying so", gzip.compress(whole))


def properties(good: dict[str, Any]) -> Iterator[Shape]:
    """A good body beside properties or headers that are not ours."""
    whole = orjson.dumps(good)

    def headers(name: str, *entries: bytes, body: bytes = whole) -> Shape:
        return Shape(name, body, {"headers": table(*entries)})

    yield Shape("no content type", whole, {"content_type": None})
    yield Shape("an empty content type", whole, {"content_type": b""})
    yield Shape("pickle's content type", pickle.dumps(good), {"content_type": b"application/x-python-serialize"})
    yield Shape("yaml's content type", whole, {"content_type": b"application/x-yaml"})
    yield Shape("a content type that is no text", whole, {"content_type": b"\xff\xfe"})
    yield Shape("another encoding", whole, {"content_encoding": b"utf-16"})
    yield Shape("an encoding that is no text", whole, {"content_encoding": b"\xff"})
    zlib_entry = entry(b"compression", b"S", text(b"application/x-gzip"))
    yield headers("compressed for kombu", zlib_entry, body=zlib.compress(whole))
    yield headers("a bomb for kombu", zlib_entry, body=zlib.compress(b"0" * 50_000_000))
    yield headers("an unknown compression", entry(b"compression", b"S", text(b"\xff\xfe")))
    yield headers("a compression that is a list", entry(b"compression", b"A", text(b"V")))
    yield headers("a time beyond all calendars", entry(b"at", b"T", b"\x7f" + b"\xff" * 7))
    nested = b""
    for _ in range(3000):
        nested = table(entry(b"a", b"F", nested or table()))
    yield headers("tables in tables", entry(b"a", b"F", nested))


def harmless(good: dict[str, Any]) -> Iterator[Shape]:
    """Odd, but nothing that the service reads: the message is worked on."""
    whole = orjson.dumps(good)
    yield Shape("no correlation id", whole, {"correlation_id": None})
    yield Shape("a correlation id that is no text", whole, {"correlation_id": b"\xff\xfe"})
    yield Shape("the longest correlation id", whole, {"correlation_id": b"c" * 255})
    yield Shape(
        "every property", whole, {"priority": b"\x09", "message_id": b"m", "timestamp": b"\xff" * 8, "type": b"t"}
    )
    for name, value in (
        ("a trace that is a number", entry(b"traceparent", b"I", b"\0\0\0\x07")),
        ("a trace that is a table", entry(b"traceparent", b"F", table())),
        ("a trace that is no text", entry(b"traceparent", b"S", text(b"\xff\xfe"))),
        ("a delivery count that is a text", entry(b"x-delivery-count", b"S", text(b"many"))),
        ("tries below nothing", entry(b"x-tries", b"I", b"\xff\xff\xff\xff")),
        ("a death that is a number", entry(b"x-death", b"I", b"\0\0\0\x07")),
        ("a name that is no text", entry(b"\xff\xfe", b"V", b"")),
        ("bytes and decimals", entry(b"a", b"x", text(b"\xff")) + entry(b"b", b"D", b"\xff\0\0\0\x01")),
    ):
        yield Shape(name, whole, {"headers": table(value)})


def calls(good: dict[str, Any], service: str) -> Iterator[Shape]:
    """No calls, or calls of nothing."""
    whole = orjson.dumps(good)
    for name, key in (
        ("an unknown method", f"{service}.nothing"),
        ("no method", f"{service}."),
        ("a private method", f"{service}.__class__"),
        ("a method that is no text", f"{service}.\udcff\udcfe"),
        ("a method of 250 letters", f"{service}.{'m' * 240}"),
    ):
        yield Shape(name, whole, key=key)
    call = "kwargs.call"
    for name, place, value in (
        ("no kwargs", "kwargs", MISSING),
        ("kwargs that are a list", "kwargs", [1]),
        ("kwargs that are a text", "kwargs", "call"),
        ("no call", call, MISSING),
        ("a call that is a list", call, [1, 2]),
        ("no caller", f"{call}.caller", MISSING),
        ("a caller that is nobody", f"{call}.caller", None),
        ("a caller that is a text", f"{call}.caller", "me"),
        ("a caller of an unknown kind", f"{call}.caller.kind", "root"),
        ("a caller of a kind that is a list", f"{call}.caller.kind", [["person"]]),
        ("a caller without a county", f"{call}.caller.county_id", None),
        ("a caller with one thing more", f"{call}.caller.admin", True),
        ("a caller with a thousand roles", f"{call}.caller.grants", [{"role": "finance"}] * 1000),
        ("a request id that is a number", f"{call}.request_id", 7),
        ("a request id that is none", f"{call}.request_id", "7"),
        ("no request id", f"{call}.request_id", MISSING),
        ("no body", f"{call}.body", MISSING),
        ("a body that is null", f"{call}.body", None),
        ("a body that is a list", f"{call}.body", [1]),
        ("a body with an unknown field", f"{call}.body", {"unknown": 1}),
    ):
        yield Shape(name, changed(good, place, value))


def events(good: dict[str, Any]) -> Iterator[Shape]:
    """No events, or events of nothing."""
    for name, place, value in (
        ("no data", "data", MISSING),
        ("data that are null", "data", None),
        ("data that are a list", "data", [1]),
        ("data that are a text", "data", "all"),
        ("data that are empty", "data", {}),
        ("no type", "type", MISSING),
        ("an unknown type", "type", "nobody.knows"),
        ("a type that is a number", "type", 7),
        ("a type that is a list", "type", ["a"]),
        ("no id", "id", MISSING),
        ("an id that is a number", "id", 7),
        ("an id that is none", "id", "7"),
        ("an id in capitals", "id", SOME_ID.upper()),
        ("no time", "time", MISSING),
        ("a time without its offset", "time", "2026-09-15T08:00:00"),
        ("a time that is a number", "time", 7),
        ("no source", "source", MISSING),
        ("a source that is a sentence", "source", "not a code!"),
        ("an empty subject", "subject", ""),
        ("a subject of 500 letters", "subject", "s" * 500),
        ("no version", "specversion", MISSING),
        ("a version that is a number", "specversion", 1),
    ):
        yield Shape(name, changed(good, place, value))
