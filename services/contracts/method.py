"""One row of a service's table of methods and events: name, messages, who may, how long."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any, Generic, TypeVar

from services.contracts.caller import Role
from services.contracts.common import Nothing
from services.contracts.errors import ServiceError

Q = TypeVar("Q")
R = TypeVar("R")
E = TypeVar("E")

QUERY_TIMEOUT_S = 5.0
"""A page waits this long for its data, then says so."""
COMMAND_TIMEOUT_S = 8.0
LONG_COMMAND_TIMEOUT_S = 30.0
"""A command over the whole county, such as opening a month: about 10 s for 27,385 members."""
ERRAND_TIMEOUT_S = 15.0
"""Talks to the outside: WeChat is allowed 6 s for each of two tries."""


class Kind(StrEnum):
    QUERY = "query"
    """Reads, in a read-only transaction; needs no request id."""
    LOOKUP = "lookup"
    """Reads a person's record and leaves the trace of it (REG-8, SEC-5); needs no request id."""
    COMMAND = "command"
    """Changes state, exactly once for a request id, in one transaction."""
    ERRAND = "errand"
    """Talks to the outside with no transaction open, then runs exactly one command."""


class Gate(StrEnum):
    """Who may knock at all. The service still checks where in the tree the caller stands."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"
    ROLES = "roles"
    GATEWAY = "gateway"
    """Only the gateway itself on behalf of nobody: sign-in steps, payment notices."""


@dataclasses.dataclass(frozen=True, slots=True)
class Authority:
    """The authority rule of an operation; ``roles`` only with ``Gate.ROLES``."""

    gate: Gate
    roles: tuple[Role, ...] = ()

    def __post_init__(self) -> None:
        if (self.gate is Gate.ROLES) != bool(self.roles):
            raise ValueError("roles are named with Gate.ROLES and only there")


PUBLIC = Authority(Gate.PUBLIC)
SIGNED_IN = Authority(Gate.SIGNED_IN)
MEMBERS = Authority(Gate.MEMBER)
FROM_GATEWAY = Authority(Gate.GATEWAY)


def holders(*roles: Role) -> Authority:
    return Authority(Gate.ROLES, roles)


@dataclasses.dataclass(frozen=True, slots=True)
class Method(Generic[Q, R]):
    """An RPC method of a service. Without an authority rule there is none to build."""

    service: str
    name: str
    kind: Kind
    request: type[Q]
    reply: type[R]
    authority: Authority
    errors: tuple[type[ServiceError], ...] = ()
    timeout_s: float = QUERY_TIMEOUT_S
    slow: bool = False
    """Waits for a provider: the gateway keeps places free of such calls, the service workers."""

    @property
    def routing_key(self) -> str:
        return f"{self.service}.{self.name}"


@dataclasses.dataclass(frozen=True, slots=True)
class EventType(Generic[E]):
    """An event of a service: its name in the past tense and its message."""

    service: str
    name: str
    message: type[E]

    @property
    def routing_key(self) -> str:
        return f"{self.service}.{self.name}"


class Table:
    """Declares a service's methods in one place, keyed by name, in the order of declaration."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.methods: dict[str, Method[Any, Any]] = {}
        self.events: dict[str, EventType[Any]] = {}
        self.ping = self.query("ping", Nothing, Nothing, PUBLIC)
        """Every service answers it when it can reach its database."""

    def query(
        self, name: str, request: type[Q], reply: type[R], authority: Authority, *errors: type[ServiceError]
    ) -> Method[Q, R]:
        return self._add(Method(self.service, name, Kind.QUERY, request, reply, authority, errors, QUERY_TIMEOUT_S))

    def lookup(
        self, name: str, request: type[Q], reply: type[R], authority: Authority, *errors: type[ServiceError]
    ) -> Method[Q, R]:
        return self._add(Method(self.service, name, Kind.LOOKUP, request, reply, authority, errors, QUERY_TIMEOUT_S))

    def command(
        self,
        name: str,
        request: type[Q],
        reply: type[R],
        authority: Authority,
        *errors: type[ServiceError],
        timeout_s: float = COMMAND_TIMEOUT_S,
    ) -> Method[Q, R]:
        return self._add(Method(self.service, name, Kind.COMMAND, request, reply, authority, errors, timeout_s))

    def errand(
        self,
        name: str,
        request: type[Q],
        reply: type[R],
        authority: Authority,
        *errors: type[ServiceError],
        slow: bool = True,
    ) -> Method[Q, R]:
        """``slow=False`` for one that asks nothing over the network, such as a notice whose signature is checked here."""
        return self._add(
            Method(self.service, name, Kind.ERRAND, request, reply, authority, errors, ERRAND_TIMEOUT_S, slow)
        )

    def event(self, name: str, message_type: type[E]) -> EventType[E]:
        event = EventType(self.service, name, message_type)
        self.events[name] = event
        return event

    def _add(self, method: Method[Q, R]) -> Method[Q, R]:
        if method.name in self.methods:
            raise ValueError(f"{method.routing_key} is declared twice")
        self.methods[method.name] = method
        return method
