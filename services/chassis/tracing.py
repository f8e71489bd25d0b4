"""Which request this is: one trace id from the phone to the database, in W3C ``traceparent`` form.

The current trace lives in a context variable: each thread has its own, and each greenlet too (greenlet gives every one
a context of its own, empty at the start). Nothing is inherited by a new thread or greenlet; who starts one passes the
trace on with ``span(parent)``. Spans are named in the logs, not collected: this module sends nothing anywhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

# Later versions may append fields; version ff is forbidden. A longer header than this is not a trace.
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]{0,200})?", re.ASCII)
_NO_TRACE_ID, _NO_SPAN_ID = "0" * 32, "0" * 16
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """The place in a trace: ``trace_id`` names the request, ``span_id`` this part of its way."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def header(self) -> str:
        """As a ``traceparent`` header to send on."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"

    def child(self) -> Trace:
        return Trace(self.trace_id, _new_span_id(), self.sampled)


NO_TRACE = Trace(_NO_TRACE_ID, _NO_SPAN_ID, sampled=False)
"""Outside any request. Its header is invalid on purpose, so that a receiver starts a trace of its own."""

_current: ContextVar[Trace] = ContextVar("trace", default=NO_TRACE)


def parse(header: object) -> Trace | None:
    """A trace from an untrusted header; None when absent or malformed, never an error: a trace is a courtesy."""
    if isinstance(header, bytes):
        header = header.decode("latin-1")
    match = _TRACEPARENT.fullmatch(header) if isinstance(header, str) else None
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or trace_id == _NO_TRACE_ID or span_id == _NO_SPAN_ID:
        return None
    return Trace(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def new_trace() -> Trace:
    return Trace(secrets.token_hex(16), _new_span_id())


def current() -> Trace:
    """The trace of this thread or greenlet; ``NO_TRACE`` outside a span."""
    return _current.get()


@contextmanager
def span(parent: object = None) -> Iterator[Trace]:
    """Makes a part of a trace current for the block: of ``parent`` (a Trace or a header), else of the current trace.

    Where there is neither, or the header is malformed, it is the first part of a new trace.
    """
    origin = parent if isinstance(parent, Trace) else parse(parent)
    if origin is None:
        origin = _current.get()
    trace = new_trace() if origin.trace_id == _NO_TRACE_ID else origin.child()
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def _new_span_id() -> str:
    return secrets.token_hex(8)
