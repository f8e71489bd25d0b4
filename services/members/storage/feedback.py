"""Reads and writes feedback; what it says stays sealed here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.members.storage.tables import account, feedback, member, membership, organisation

Row = Any
"""A row with its columns as attributes."""


def add(db: sa.Connection, values: dict[str, Any]) -> None:
    db.execute(sa.insert(feedback).values(values))


def count_since(db: sa.Connection, account_id: str, since: datetime, at_most: int) -> int:
    """How many this account has sent since then; counts no further than ``at_most``."""
    sent = sa.select(feedback.c.id).where(feedback.c.account_id == account_id, feedback.c.sent_at > since)
    count: int = db.execute(sa.select(sa.func.count()).select_from(sent.limit(at_most).subquery())).scalar_one()
    return count


def page(db: sa.Connection, county_id: str, *, before: str | None, limit: int) -> list[Row]:
    """The newest first, from behind ``before``, each with its sender and his present branch, if he has one."""
    found = (
        sa.select(feedback, member.c.id.label("member_id"), member.c.name, organisation.c.name.label("branch_name"))
        .join(account, account.c.id == feedback.c.account_id)
        .join(member, member.c.id == account.c.member_id)
        .outerjoin(membership, sa.and_(membership.c.member_id == member.c.id, membership.c.to_day.is_(None)))
        .outerjoin(organisation, organisation.c.id == membership.c.branch_id)
        .where(feedback.c.county_id == county_id)
    )
    if before is not None:
        found = found.where(feedback.c.id < before)
    return list(db.execute(found.order_by(feedback.c.id.desc()).limit(limit)).all())


def forget_before(db: sa.Connection, before: datetime, at_most: int) -> int:
    """Deletes what was sent before this instant."""
    old = sa.select(feedback.c.id).where(feedback.c.sent_at < before).limit(at_most)
    return db.execute(sa.delete(feedback).where(feedback.c.id.in_(old))).rowcount
