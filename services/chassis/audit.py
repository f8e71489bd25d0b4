"""The audit trail: who did or saw what, when, by which office and why (SEC-4, SEC-5).

Entries are written in the transaction of what they tell about. A hash chain is laid over them shortly afterwards, in the order
of their ids: each link covers the entry and the link before it, so that a later change, removal or insertion shows.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from services.chassis.tables import audit
from services.contracts.caller import ADMINISTRATORS, Caller, Role
from services.contracts.values import OrgPath, is_within

CHAIN_BATCH = 500
_CHAIN_LOCK = 7_240_001
"""Advisory lock: one process at a time lays links."""
_COVERED = [str(column.name) for column in audit.c if column.name not in ("chain_position", "chain_hash")]


def office(caller: Caller, path: OrgPath | None) -> tuple[str, str]:
    """The role and organisation path by which the caller acts on something at ``path``."""
    for grant in caller.grants:
        if grant.role in ADMINISTRATORS and (path is None or is_within(path, grant.path)):
            return grant.role, grant.path
    return (Role.MEMBER if caller.member_id else caller.kind), ""


@dataclasses.dataclass(frozen=True, slots=True)
class Trace:
    """What was done or seen, and with what."""

    action: str
    object_kind: str
    object_id: str
    path: OrgPath | None = None
    """Where in the tree it lies: says by which of his offices the caller acts."""
    about_member_id: str | None = None
    """The person whose record was seen or changed, who may read this entry."""
    purpose: str = ""


def note(db: sa.Connection, caller: Caller, traces: Iterable[Trace], *, now: datetime, trace_id: str) -> None:
    """Writes an entry for each, at once."""
    entries = []
    for each in traces:
        role, actor_path = office(caller, each.path)
        entries.append(
            {
                "county_id": caller.county_id,
                "at": now,
                "actor_account_id": caller.account_id,
                "actor_role": str(role),
                "actor_path": actor_path,
                "action": each.action,
                "object_kind": each.object_kind,
                "object_id": each.object_id,
                "about_member_id": each.about_member_id,
                "purpose": each.purpose,
                "trace_id": trace_id,
            }
        )
    if entries:
        db.execute(sa.insert(audit), entries)


def _link(before: bytes, row: Any) -> bytes:
    covered = {name: getattr(row, name) for name in _COVERED}
    return hashlib.sha256(before + orjson.dumps(covered, option=orjson.OPT_SORT_KEYS)).digest()


def lay_chain(db: sa.Connection) -> int:
    """Links up to ``CHAIN_BATCH`` entries that are not linked yet; how many. Only one transaction at a time does."""
    if not db.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_CHAIN_LOCK))):
        return 0
    waiting = sa.select(audit).where(audit.c.chain_position.is_(None)).order_by(audit.c.entry_id).limit(CHAIN_BATCH)
    rows = db.execute(waiting).all()
    if not rows:
        return 0
    last = sa.select(audit.c.chain_position, audit.c.chain_hash).where(audit.c.chain_position.is_not(None))
    end = db.execute(last.order_by(audit.c.chain_position.desc()).limit(1)).one_or_none()
    position, link = (end.chain_position, bytes(end.chain_hash)) if end else (0, b"")
    links = []
    for row in rows:
        position, link = position + 1, _link(link, row)
        links.append({"entry": row.entry_id, "position": position, "link": link})
    statement = sa.update(audit).where(audit.c.entry_id == sa.bindparam("entry"))
    db.execute(statement.values(chain_position=sa.bindparam("position"), chain_hash=sa.bindparam("link")), links)
    return len(links)


def first_break(db: sa.Connection) -> int | None:
    """The chain position at which the trail no longer agrees with its links, or None when it is whole."""
    link, expected = b"", 1
    rows = db.execution_options(stream_results=True, max_row_buffer=CHAIN_BATCH).execute(
        sa.select(audit).where(audit.c.chain_position.is_not(None)).order_by(audit.c.chain_position)
    )
    for row in rows:
        link = _link(link, row)
        if row.chain_position != expected or bytes(row.chain_hash) != link:
            return expected
        expected += 1
    return None
