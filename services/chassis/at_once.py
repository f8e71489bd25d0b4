"""Hot commands: a use case that is one statement when all is well, request id and effect together.

The statement is its own transaction: one round trip, planned once for each connection. It must report what it matched, so that a
command which could not be carried out whole is not carried out at all; then the ordinary use case runs, finds out why, and is the
one that refuses. A hot command therefore never refuses anything itself, and without it everything still works.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.chassis import once
from services.chassis.clock import shanghai
from services.chassis.database import Database, Statement
from services.chassis.work import Work
from services.contracts.caller import Caller
from services.contracts.values import YearMonth
from services.contracts.wire import dump

CLAIM_PARAMETERS = {
    "request_id": "uuid",
    "caller": "text",
    "method": "text",
    "content_hash": "bytea",
    "reply_sealed": "bytea",
    "at": "timestamptz",
}
"""What a hot statement puts into ``request``: its first parameters, in the order of ``Hand.claim``."""


@dataclasses.dataclass(frozen=True, slots=True)
class AtOnce:
    """The hot way of a method.

    ``attempt`` gets a hand and the request; None means that nothing has happened and the ordinary way is to be gone.
    ``again`` makes the first answer anew from the effect's id, for a request id that comes again (where the stored reply is no
    more than that id, since the statement's own result was not known before it ran).
    """

    attempt: Callable[[Hand, Any], Any | None]
    again: Callable[[Work, str], Any] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Hand:
    """What a hot command works with: who asks, when, and the one statement that it may run."""

    database: Database
    caller: Caller
    now: datetime
    settings: Any
    request_id: str
    method: str
    body: Any

    @property
    def month(self) -> YearMonth:
        return YearMonth.of(shanghai(self.now).date())

    def claim(self, *, reply: Any = None, effect_id: str | None = None) -> tuple[Any, ...]:
        """The row of the request id as the statement is to store it: with the reply, or with the id of the effect alone."""
        stored = once.effect(effect_id) if effect_id is not None else dump(reply)
        return (
            self.request_id,
            once.caller_key(self.caller),
            self.method,
            once.content_hash(self.body),
            once.seal_reply(self.settings.seal_keys, self.request_id, stored),
            self.now,
        )

    def run(self, statement: Statement, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of the statement. Empty when it matched nothing, or when another transaction was in its way."""
        return self.database.at_once(statement, values)


def first_answer(stored: Any, again: Callable[[Work, str], Any] | None, work: Work) -> Any:
    """The plain data of the answer that a request id got when it came for the first time."""
    effect_id = once.effect_id(stored)
    if effect_id is None:
        return stored
    if again is None:
        raise LookupError("a stored reply names an effect that nobody here can tell again")
    return dump(again(work, effect_id))
