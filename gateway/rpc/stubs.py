"""Typed calls of the services' methods: a contract's messages in, a contract's message out.

Packs and unpacks, nothing else: what travels is in services/contracts/envelope.py, how it travels in client.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from gateway.rpc.client import Call, Transport
from services.chassis.logging import get_logger
from services.contracts.caller import Caller
from services.contracts.envelope import pack_call, unpack_reply
from services.contracts.errors import InvalidMessage, ServiceError
from services.contracts.method import Kind, Method
from services.contracts.wire import load

Q = TypeVar("Q")
R = TypeVar("R")

_log = get_logger("rpc.stubs")


class WrongReply(Exception):
    """A reply that is not what the contract promises: a bug of the service, shown outside as ``internal``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply's plain data, and whether it is the stored one of an earlier call with the same request id."""

    data: Any
    replayed: bool


class Stubs:
    """The services as the gateway sees them."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def call(
        self,
        method: Method[Q, R],
        request: Q,
        *,
        caller: Caller,
        request_id: str | None = None,
        left_s: float | None = None,
    ) -> R:
        """The reply as its message. Raises RemoteError for a refusal, Unavailable, DeadlinePassed, WrongReply."""
        return self.read(method, self.ask(method, request, caller=caller, request_id=request_id, left_s=left_s))

    def ask(
        self,
        method: Method[Q, Any],
        request: Q,
        *,
        caller: Caller,
        request_id: str | None = None,
        left_s: float | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """The reply as plain data, for passing on as it is. ``left_s``: of the time of whoever asks. Raises as ``call``.

        A reply comes from a service of this house, which made it from the contract's message; reading it into that message
        only to write it out again would be half of the gateway's work for a page of members.
        """
        if not isinstance(request, method.request):
            raise TypeError(f"{method.routing_key} takes a {method.request.__name__}")
        if method.kind in (Kind.COMMAND, Kind.ERRAND) and request_id is None:
            raise TypeError(f"{method.routing_key} changes something and needs a request id")
        raw = self.transport.request(
            Call(
                service=method.service,
                routing_key=method.routing_key,
                body=orjson.dumps(pack_call(request_id, caller, request)),
                timeout_s=method.timeout_s if left_s is None else min(left_s, method.timeout_s),
                repeatable=repeatable,
                slow=method.slow,
            )
        )
        return _answer(method, raw)

    def read(self, method: Method[Any, R], answer: Answer) -> R:
        """Tolerant of fields that a newer service adds. Raises WrongReply."""
        try:
            return load(method.reply, answer.data, tolerant=True)
        except InvalidMessage as fault:
            _log.error("wrong_reply", method=method.routing_key, fields=fault.detail.get("fields"))
            raise WrongReply(method.routing_key) from None


def _answer(method: Method[Any, Any], raw: bytes) -> Answer:
    try:
        payload = orjson.loads(raw)
        return Answer(unpack_reply(payload), replayed=payload.get("replayed") is True)
    except ServiceError:
        raise
    except (ValueError, AttributeError, IndexError, TypeError) as fault:
        _log.error("wrong_reply", method=method.routing_key, error=type(fault).__name__)
        raise WrongReply(method.routing_key) from None
