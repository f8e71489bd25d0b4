"""Reads and writes notices, each statement within one member's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.members.storage.tables import notice

Row = Any
"""A row with its columns as attributes."""


def add(db: sa.Connection, values: dict[str, Any]) -> None:
    db.execute(sa.insert(notice).values(values))


def find(db: sa.Connection, county_id: str, member_id: str, notice_id: str) -> Row | None:
    mine = _of(county_id, member_id).where(notice.c.id == notice_id)
    return db.execute(mine).one_or_none()


def page(db: sa.Connection, county_id: str, member_id: str, *, before: str | None, limit: int) -> list[Row]:
    """The newest first, from behind the notice ``before``."""
    mine = _of(county_id, member_id)
    if before is not None:
        mine = mine.where(notice.c.id < before)
    return list(db.execute(mine.order_by(notice.c.id.desc()).limit(limit)).all())


def count_unread(db: sa.Connection, county_id: str, member_id: str, at_most: int) -> int:
    """How many are unread; counts no further than ``at_most``."""
    unread = _of(county_id, member_id).with_only_columns(notice.c.id).where(notice.c.read_at.is_(None)).limit(at_most)
    count: int = db.execute(sa.select(sa.func.count()).select_from(unread.subquery())).scalar_one()
    return count


def read_up_to(db: sa.Connection, county_id: str, member_id: str, notice_id: str, now: datetime) -> int:
    """How many were unread until now."""
    unread = sa.update(notice).where(
        notice.c.county_id == county_id,
        notice.c.member_id == member_id,
        notice.c.id <= notice_id,
        notice.c.read_at.is_(None),
    )
    return db.execute(unread.values(read_at=now)).rowcount


def forget_before(db: sa.Connection, before: datetime, at_most: int) -> int:
    """Deletes notices that were told before this instant."""
    old = sa.select(notice.c.id).where(notice.c.told_at < before).limit(at_most)
    return db.execute(sa.delete(notice).where(notice.c.id.in_(old))).rowcount


def _of(county_id: str, member_id: str) -> sa.Select[Any]:
    return sa.select(notice).where(notice.c.county_id == county_id, notice.c.member_id == member_id)
