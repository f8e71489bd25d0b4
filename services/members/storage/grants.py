"""Reads and writes the roles that people hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.contracts.values import OrgPath
from services.members.storage.tables import member, organisation, role_grant

Row = Any
"""A row with its columns as attributes."""

_VIEW = (
    role_grant.c.id,
    role_grant.c.role,
    role_grant.c.org_id,
    organisation.c.name.label("org_name"),
    organisation.c.path.label("org_path"),
    role_grant.c.member_id,
    member.c.name.label("member_name"),
    role_grant.c.given_at,
)


def _live(county_id: str) -> sa.Select[Any]:
    return (
        sa.select(*_VIEW)
        .join(organisation, organisation.c.id == role_grant.c.org_id)
        .join(member, member.c.id == role_grant.c.member_id)
        .where(role_grant.c.county_id == county_id, role_grant.c.ended_at.is_(None))
    )


def held_by(db: sa.Connection, county_id: str, member_id: str, limit: int) -> list[Row]:
    mine = _live(county_id).where(role_grant.c.member_id == member_id)
    return list(db.execute(mine.order_by(role_grant.c.id).limit(limit)).all())


def find(db: sa.Connection, county_id: str, grant_id: str) -> Row | None:
    return db.execute(_live(county_id).where(role_grant.c.id == grant_id)).one_or_none()


def page_beneath(db: sa.Connection, county_id: str, path: OrgPath, after: str | None, limit: int) -> list[Row]:
    """Roles held over the organisation or beneath it, in the order in which they were given."""
    page = _live(county_id).where(organisation.c.path.within(path))
    if after is not None:
        page = page.where(role_grant.c.id > after)
    return list(db.execute(page.order_by(role_grant.c.id).limit(limit)).all())


def add(db: sa.Connection, values: dict[str, Any]) -> None:
    db.execute(sa.insert(role_grant).values(values))


def end(db: sa.Connection, grant_id: str, *, by_account_id: str | None, reason: str, now: datetime) -> None:
    ended = {"ended_at": now, "ended_by_account_id": by_account_id, "end_reason": reason}
    db.execute(sa.update(role_grant).where(role_grant.c.id == grant_id).values(ended))
