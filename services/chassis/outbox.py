"""Events on their way out: written in the effect's transaction, told by the relay after it.

Either both the effect and its event exist, or neither (no dual write).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.chassis.ids import new_id
from services.chassis.tables import outbox
from services.contracts.method import EventType
from services.contracts.wire import dump

BELL = "outbox"
"""The channel on which a commit wakes the relay. A commit that does not ring is told at the relay's next look."""


def tell(db: sa.Connection, event: EventType[Any], message: Any, *, subject: str, now: datetime, trace: str) -> None:
    """Puts one event into the outbox. ``subject`` orders events among themselves: those of one subject stay in order."""
    tell_many(db, event, [(subject, message)], now=now, trace=trace)


def tell_many(
    db: sa.Connection, event: EventType[Any], messages: Iterable[tuple[str, Any]], *, now: datetime, trace: str
) -> None:
    """Puts events of one type into the outbox, in order, with one statement."""
    rows = rows_of(event, messages, now=now, trace=trace)
    if rows:
        db.execute(sa.insert(outbox), rows)
        ring(db)


def ring(db: sa.Connection) -> None:
    """Wakes the relay when this transaction commits, and not before; any number of times in one is once."""
    db.execute(sa.select(sa.func.pg_notify(BELL, "")))


def rows_of(
    event: EventType[Any], messages: Iterable[tuple[str, Any]], *, now: datetime, trace: str
) -> list[dict[str, Any]]:
    """Events with their subjects as rows of the outbox, for a hot statement that writes them beside their effect."""
    rows = []
    for subject, message in messages:
        if not isinstance(message, event.message):
            raise TypeError(f"{event.routing_key} carries {event.message.__name__}, not {type(message).__name__}")
        rows.append(
            {
                "event_id": new_id(),
                "type": event.routing_key,
                "subject": subject,
                "trace": trace,
                "data": dump(message),
                "occurred_at": now,
            }
        )
    return rows
