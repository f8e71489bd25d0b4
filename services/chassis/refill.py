"""Tells again what one service told since an instant: ``python -m services.chassis.refill dues 2026-11-01``.

For a broker whose data are gone. Marks events as not told; the relay then tells them in their order. Who has heard one already
finds its id in the inbox. Safe to repeat, and to break off: what is marked is told.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from services.chassis import outbox as events
from services.chassis.clock import SHANGHAI
from services.chassis.database import Database
from services.chassis.tables import outbox
from services.contracts import topology


def refill(database: Database, since: datetime) -> int:
    """Marks what somebody listens to and was told at or after the instant; how many events.

    With one statement: while a part were marked, the relay could tell a subject's new event before its old ones.
    """
    heard = {key for keys in topology.LISTENERS.values() for key in keys}
    lost = sa.update(outbox).where(outbox.c.published_at >= since, outbox.c.type.in_(heard))
    with database.transaction() as db:
        marked = db.execute(lost.values(published_at=None)).rowcount
        events.ring(db)
    return marked


def instant_of(text: str) -> datetime:
    """A day, from its beginning, or a day and a time, in Asia/Shanghai unless it says otherwise. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)


def run(service: str, url: str, text: str) -> int:
    """The exit code; what happened is said in a sentence."""
    try:
        since = instant_of(text)
    except ValueError:
        print(f"{text!r} is no day and no time: write 2026-11-01, or 2026-11-01T08:30.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        with closing(Database(url, name="refill", pool_size=1, slow=True)) as database:
            marked = refill(database, since)
    except OperationalError:
        print(f"The database of {service} does not answer: is everything started?", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{service}: {marked} events since {since.isoformat()} are told again")  # noqa: T201
    return 0


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in topology.SERVICES:
        print(f"usage: python -m services.chassis.refill {'|'.join(topology.SERVICES)} DAY", file=sys.stderr)  # noqa: T201
        return 2
    service, text = arguments
    name = f"{service.upper()}_DATABASE_URL"
    url = os.environ.get(name, "")
    if not url:
        print(f"{name} is missing. It should be the address of the service's own database.", file=sys.stderr)  # noqa: T201
        return 2
    return run(service, url, text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
