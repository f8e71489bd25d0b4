"""What a use case works with: the open transaction, the caller, the time, and the ways to tell, seal and note.

Handed to every command, query and event handler as its first argument, so that use cases are plain functions that run in a test
as they run in the service.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from services.chassis import audit, outbox, tracing
from services.chassis.audit import Trace
from services.chassis.clock import shanghai
from services.chassis.sealed import BlindIndex, KeyRing
from services.contracts.caller import Caller
from services.contracts.errors import ServiceError
from services.contracts.method import EventType
from services.contracts.values import OrgPath, YearMonth

E = TypeVar("E")


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal whose traces must stay: returned instead of raised, the transaction commits and the caller gets the error.

    A wrong password is the case: the attempt is counted although it is refused (SEC-4).
    """

    error: ServiceError


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """One use case at work. Nothing of it outlives the transaction."""

    db: sa.Connection
    caller: Caller
    now: datetime
    settings: Any
    """The service's own settings."""
    request_id: str | None = None

    @property
    def today(self) -> date:
        """The calendar day in Asia/Shanghai."""
        return shanghai(self.now).date()

    @property
    def month(self) -> YearMonth:
        return YearMonth.of(self.today)

    @property
    def keys(self) -> KeyRing:
        """Seals and opens the sealed columns."""
        keys: KeyRing = self.settings.seal_keys
        return keys

    @property
    def index(self) -> BlindIndex:
        """Blind index for searching sealed columns."""
        index: BlindIndex = self.settings.index_key
        return index

    def tell(self, event: EventType[E], message: E, *, subject: str) -> None:
        """Puts an event into the outbox; it is told after this transaction has committed."""
        outbox.tell(self.db, event, message, subject=subject, now=self.now, trace=tracing.current().header)

    def tell_many(self, event: EventType[E], messages: Iterable[tuple[str, E]]) -> None:
        outbox.tell_many(self.db, event, messages, now=self.now, trace=tracing.current().header)

    def event_rows(self, event: EventType[E], messages: Iterable[tuple[str, E]]) -> list[dict[str, Any]]:
        """The same events as rows, for a hot statement that writes them itself."""
        return outbox.rows_of(event, messages, now=self.now, trace=tracing.current().header)

    def audit(
        self,
        action: str,
        object_kind: str,
        object_id: str,
        *,
        path: OrgPath | None = None,
        about_member_id: str | None = None,
        purpose: str = "",
    ) -> None:
        """Leaves a trace of what was done or seen, in this transaction."""
        self.audit_many((Trace(action, object_kind, object_id, path, about_member_id, purpose),))

    def audit_many(self, traces: Iterable[Trace]) -> None:
        audit.note(self.db, self.caller, traces, now=self.now, trace_id=tracing.current().trace_id)
