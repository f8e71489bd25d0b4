"""What must hold in every service's database: request ids with their effects, the outbox, the audit trail."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from deploy.audit.invariant import Breach, Found, Invariant, found, none_of
from services.chassis.audit import first_break


def chain_is_whole(db: sa.Connection) -> Found:
    """Reads the whole trail once, in order: each link covers the one before it."""
    broken = first_break(db)
    waiting = db.scalar(sa.text("SELECT count(*) FROM audit WHERE chain_position IS NULL"))
    note = f"{waiting} entries wait for their link" if waiting else ""
    return found([Breach(f"link {broken}", "does not follow from what stands before it")] if broken else [], note)


def chain_is_laid(db: sa.Connection) -> Found:
    return none_of("SELECT entry_id::text, 'has no link' FROM audit WHERE chain_position IS NULL")(db)


def outbox_is_told(db: sa.Connection) -> Found:
    return none_of("SELECT event_id::text, type || ' was not told' FROM outbox WHERE published_at IS NULL")(db)


def outbox_lag(db: sa.Connection) -> Found:
    """No breach while the platform works: how much waits, and since when."""
    rows, oldest = db.execute(sa.text("SELECT count(*), min(occurred_at) FROM outbox WHERE published_at IS NULL")).one()
    return Found(note=f"{rows} events wait, the oldest since {oldest:%Y-%m-%d %H:%M:%S} UTC" if rows else "")


REPLIED = Invariant(
    "request_has_reply",
    "each request id is stored with the reply of its effect",
    none_of("SELECT request_id::text, method || ' without a reply' FROM request WHERE reply_sealed IS NULL"),
)


def _effect(method: str, table: str, instant: str) -> str:
    """Request and effect are written by one transaction at one instant: never more requests than effects there."""
    return f"""
        SELECT asked.example, '{method}: ' || asked.times || ' requests, ' || coalesce(done.times, 0) || ' effects at '
            || asked.at
        FROM (
            SELECT at, count(*) AS times, min(request_id::text) AS example
            FROM request WHERE method = '{method}' GROUP BY at
        ) AS asked
        LEFT JOIN (SELECT {instant} AS at, count(*) AS times FROM {table} GROUP BY {instant}) AS done ON done.at = asked.at
        WHERE asked.times > coalesce(done.times, 0)
    """  # noqa: S608 (our own text)


DUES_EFFECTS = Invariant(
    "request_has_effect",
    "each request to place an order or to assess has left its order or its assessment",
    none_of(
        _effect("dues.place_order", "orders", "created_at")
        + " UNION ALL "
        + _effect("dues.assess", "assessment", "set_at")
    ),
)


def invariants(*, at_rest: bool, effects: Invariant | None = None) -> tuple[Invariant, ...]:
    """``at_rest``: nothing is under way, so what waits will wait for ever."""
    told: Callable[[sa.Connection], Found] = outbox_is_told if at_rest else outbox_lag
    laid = (Invariant("audit_chain_laid", "each audit entry has its link", chain_is_laid),) if at_rest else ()
    return (
        REPLIED,
        *((effects,) if effects else ()),
        Invariant("audit_chain_whole", "each link of the audit trail follows from the one before it", chain_is_whole),
        *laid,
        Invariant("outbox_told", "every event in the outbox was told, or waits no longer than its note says", told),
    )
