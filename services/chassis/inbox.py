"""Events heard: the id is stored in the effect's transaction, so a second delivery changes nothing."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.tables import inbox


def first_time(db: sa.Connection, *, event_id: str, listener: str, event_type: str, now: datetime) -> bool:
    """Whether this listener meets the event for the first time; from now on it has met it.

    A concurrent delivery of the same event waits here until the first one's transaction has ended.
    """
    statement = (
        pg.insert(inbox)
        .values(event_id=event_id, listener=listener, type=event_type, handled_at=now)
        .on_conflict_do_nothing()
    )
    return db.execute(statement).rowcount == 1
