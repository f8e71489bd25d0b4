"""What an HTTP operation declares of itself: the calls behind it, who may, what goes in, what comes out.

The declaration is the one source: middleware acts on it, the OpenAPI document shows it, and an operation without an
authority rule can't be built. Owns no behaviour beyond reading a declaration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from services.chassis.access import check_gate
from services.contracts.caller import Caller, anonymous, gateway
from services.contracts.common import Nothing
from services.contracts.errors import ServiceError
from services.contracts.method import Authority, Gate, Kind, Method

JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
MAX_JSON_BYTES = 64 * 1024
"""The largest order, 200 lines, is 15 KB; what needs more says so."""

OWN_TIMEOUT_S = 5.0
"""Of an operation with no call behind it: nothing in it waits."""


class Limit(StrEnum):
    """Which rate limit an operation counts against; the figures are in middleware/rate_limit.py."""

    READ = "read"
    WRITE = "write"
    SIGN_IN = "sign_in"
    FIND_PERSON = "find_person"
    CHECK = "check"
    FILE = "file"
    NOTICE = "notice"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of path or query, with its JSON Schema."""

    name: str
    place: str
    schema: dict[str, Any]
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON object: a message, less the fields that come from elsewhere (path, or the gateway itself)."""

    message: type[Any]
    without: frozenset[str] = frozenset()
    max_bytes: int = MAX_JSON_BYTES


@dataclass(frozen=True, slots=True)
class RawBody:
    """Bytes of one media type."""

    media_type: str
    max_bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file."""

    media_type: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One HTTP operation; what follows from its declaration is worked out once.

    ``answer`` is a message, a File, or None for an answer without content.
    """

    name: str
    summary: str
    tag: str
    calls: tuple[Method[Any, Any], ...] = ()
    own_authority: Authority | None = None
    """Only where no call stands behind it; else the calls' own rules hold, all of them."""
    parameters: tuple[Parameter, ...] = ()
    body: JsonBody | RawBody | None = None
    answer: type[Any] | File | None = None
    status: int = 200
    also_answers: tuple[tuple[int, type[Any]], ...] = ()
    """Other statuses whose answers are no problem documents."""
    errors: tuple[type[ServiceError], ...] = ()
    limit: Limit | None = None
    """Left out: by whether it writes."""
    needs_key: bool | None = None
    """Left out: exactly when a call behind it changes something."""
    cookie: bool = False
    """Works from the session's cookie instead of a token."""
    versioned: bool = False
    """The answer carries an ETag, and a client that has these bytes already gets 304."""
    cache: str = "no-store"
    """Answers are personal unless they say otherwise."""
    wechat_answer: bool = False
    """Speaks to WeChat Pay, in its own form."""

    def __post_init__(self) -> None:
        if not self.calls and self.own_authority is None:
            raise ValueError(f"{self.name}: an operation without an authority rule")
        if self.calls and self.own_authority is not None:
            raise ValueError(f"{self.name}: the authority rule is that of its calls")

    @cached_property
    def authorities(self) -> tuple[Authority, ...]:
        if self.own_authority is not None:
            return (self.own_authority,)
        return tuple(dict.fromkeys(call.authority for call in self.calls))

    @cached_property
    def is_open(self) -> bool:
        """Whether nobody needs to be signed in."""
        return all(rule.gate in (Gate.PUBLIC, Gate.GATEWAY) for rule in self.authorities)

    def stranger(self, county_id: str) -> Caller:
        """The caller of an open operation: nobody, or the gateway itself where it speaks for nobody."""
        by_gateway = any(rule.gate is Gate.GATEWAY for rule in self.authorities)
        return gateway(county_id) if by_gateway else anonymous(county_id)

    @cached_property
    def writes(self) -> bool:
        return any(call.kind in (Kind.COMMAND, Kind.ERRAND) for call in self.calls)

    @cached_property
    def takes_key(self) -> bool:
        return self.writes if self.needs_key is None else self.needs_key

    @cached_property
    def counts_as(self) -> Limit:
        return self.limit or (Limit.WRITE if self.writes else Limit.READ)

    @cached_property
    def timeout_s(self) -> float:
        """From the request's start to its answer: as long as its longest call may take, whatever else there is to do."""
        return max((call.timeout_s for call in self.calls), default=OWN_TIMEOUT_S)

    @property
    def all_errors(self) -> tuple[type[ServiceError], ...]:
        """What the calls may refuse with and what the operation adds, each once."""
        return tuple(dict.fromkeys([error for call in self.calls for error in call.errors] + list(self.errors)))

    def check(self, caller: Caller) -> None:
        """The first look at who asks; the service looks again, and where in the tree. Raises Unauthenticated, Forbidden."""
        for rule in self.authorities:
            check_gate(rule, caller)


R = TypeVar("R", bound=Callable[..., None])


def operation(declared: Operation) -> Callable[[R], R]:
    """Declares what a responder is."""

    def declare(responder: R) -> R:
        responder.operation = declared  # type: ignore[attr-defined]
        return responder

    return declare


def find_operation(resource: object, http_method: str) -> Operation | None:
    """The declaration of a resource's responder; None for a method that it does not take."""
    responder = getattr(resource, f"on_{http_method.lower()}", None)
    declared = getattr(responder, "operation", None)
    return declared if isinstance(declared, Operation) else None


def reply_of(method: Method[Any, Any]) -> type[Any] | None:
    return None if method.reply is Nothing else method.reply


def field_names(message: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(message))
