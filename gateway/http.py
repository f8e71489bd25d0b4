"""Requests as the gateway's code sees them, and the small steps that responders share: reading a body, writing an answer.

Owns the state of one request. Decides nothing about who may or what happens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, BinaryIO

import falcon
import orjson

from gateway.operation import JSON, Operation
from gateway.problems import CutShort, LengthNeeded, NotJson, TooLarge, WrongMediaType
from services.chassis.tracing import NO_TRACE, Trace
from services.contracts.caller import Caller
from services.contracts.errors import DeadlinePassed

ETAG_DIGITS = 16
STALL_S = 30.0
"""A phone on the weakest network sends something within this time; what sends nothing has gone."""


class State:
    """What middleware has found out about one request. Set before the responder runs."""

    __slots__ = (
        "address",
        "caller",
        "deadline_s",
        "operation",
        "request_id",
        "span",
        "started_at_s",
        "trace",
        "working_on",
    )

    def __init__(self) -> None:
        self.trace: Trace = NO_TRACE
        self.span: Any = None
        self.started_at_s = 0.0
        self.deadline_s = 0.0
        self.address = ""
        self.operation: Operation | None = None
        self.caller: Caller | None = None
        self.request_id: str | None = None
        self.working_on: tuple[str, str] | None = None


class Request(falcon.Request):
    context_type = State
    context: State  # type: ignore[assignment]  # Falcon's own is a bag of anything


class Response(falcon.Response):
    """Falcon's own."""


def caller_of(req: Request) -> Caller:
    caller = req.context.caller
    assert caller is not None, "a responder runs only after the session was looked at"
    return caller


def time_left(req: Request) -> float:
    """Seconds until the request's deadline. Raises DeadlinePassed."""
    left_s = req.context.deadline_s - monotonic()
    if left_s <= 0:
        raise DeadlinePassed(sent=False)
    return left_s


def read_bytes(req: Request, media_type: str | None, max_bytes: int) -> bytes:
    """The whole body. Raises WrongMediaType, LengthNeeded, TooLarge, CutShort."""
    length = check_body(req, media_type, max_bytes)
    with patience(req):
        body: bytes = req.bounded_stream.read(length)
    if len(body) != length:
        raise CutShort
    return body


def check_body(req: Request, media_type: str | None, max_bytes: int) -> int:
    """What can be known before the body is read; its length. Raises WrongMediaType, LengthNeeded, TooLarge."""
    given = (req.content_type or "").partition(";")[0].strip().lower()
    if media_type is not None and given != media_type:
        raise WrongMediaType(wanted=media_type)
    length = req.content_length
    if length is None:
        raise LengthNeeded
    if length > max_bytes:
        raise TooLarge(max_bytes=max_bytes)
    return length


@contextmanager
def patience(req: Request) -> Iterator[None]:
    """Bounds each wait for the sender's next bytes. Raises CutShort: whoever stalls must not keep a thread.

    The time that the sender takes is not the platform's: the request's deadline moves on by it.
    """
    connection = req.env.get("gunicorn.socket")
    began_s = monotonic()
    if connection is not None:
        connection.settimeout(STALL_S)
    try:
        yield
    except TimeoutError:
        raise CutShort from None
    finally:
        req.context.deadline_s += monotonic() - began_s
        if connection is not None:
            connection.settimeout(None)


def read_json(req: Request, max_bytes: int) -> dict[str, Any]:
    """The body as a JSON object. Raises NotJson and what ``read_bytes`` raises."""
    try:
        body = orjson.loads(read_bytes(req, JSON, max_bytes))
    except orjson.JSONDecodeError:
        raise NotJson from None
    if not isinstance(body, dict):
        raise NotJson
    return body


def write_json(resp: Response, data: Any) -> None:
    resp.content_type = JSON
    resp.data = orjson.dumps(data)


def write_file(resp: Response, *, media_type: str, name: str, size_bytes: int, stream: BinaryIO) -> None:
    """A file to keep, under a name of ASCII letters."""
    resp.content_type = media_type
    resp.set_header("Content-Disposition", f'attachment; filename="{name}"')
    resp.set_stream(stream, size_bytes)


def version_tag(version: int, body: bytes) -> str:
    """A strong ETag: equal exactly when the bytes are, and showing the version that If-Match may name."""
    return f'"{version}-{hashlib.sha256(body).hexdigest()[:ETAG_DIGITS]}"'


def answer_unless_known(req: Request, resp: Response, tag: str) -> bool:
    """Sets the ETag; True when the client has these bytes already and gets 304 without them."""
    resp.set_header("ETag", tag)
    known = [one.strip() for one in (req.get_header("If-None-Match") or "").split(",")]
    if tag not in known and "*" not in known:
        return False
    resp.status = 304
    resp.data = None
    resp.delete_header("Content-Type")
    return True
