"""Reads and writes sessions and their refresh tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.members.storage.tables import account, refresh_token, session

Row = Any
"""A row with its columns as attributes."""


def add(db: sa.Connection, values: dict[str, Any], token_hash: bytes) -> None:
    db.execute(sa.insert(session).values(values))
    add_token(db, token_hash, values["county_id"], values["id"], values["signed_in_at"])


def add_token(db: sa.Connection, token_hash: bytes, county_id: str, session_id: str, now: datetime) -> None:
    row = {"token_hash": token_hash, "county_id": county_id, "session_id": session_id, "issued_at": now}
    db.execute(sa.insert(refresh_token).values(row))


def find_by_token(db: sa.Connection, county_id: str, token_hash: bytes) -> Row | None:
    """The session of a refresh token, used or not, locked until the end of the transaction; ``used_at`` is the token's."""
    found = (
        sa.select(session, refresh_token.c.used_at)
        .join(refresh_token, refresh_token.c.session_id == session.c.id)
        .where(session.c.county_id == county_id, refresh_token.c.token_hash == token_hash)
    )
    return db.execute(found.with_for_update()).one_or_none()


def use_token(db: sa.Connection, token_hash: bytes, now: datetime) -> None:
    db.execute(sa.update(refresh_token).where(refresh_token.c.token_hash == token_hash).values(used_at=now))


def find(db: sa.Connection, session_id: str, account_id: str) -> Row | None:
    """An open session of this account."""
    return db.execute(
        sa.select(session).where(
            session.c.id == session_id, session.c.account_id == account_id, session.c.ended_at.is_(None)
        )
    ).one_or_none()


def list_open(db: sa.Connection, account_id: str, now: datetime, limit: int) -> list[Row]:
    """The newest first."""
    mine = sa.select(session).where(
        session.c.account_id == account_id, session.c.ended_at.is_(None), session.c.expires_at > now
    )
    return list(db.execute(mine.order_by(session.c.id.desc()).limit(limit)).all())


def change(db: sa.Connection, session_id: str, **values: Any) -> None:
    db.execute(sa.update(session).where(session.c.id == session_id).values(values))


def end(
    db: sa.Connection,
    account_id: str,
    reason: str,
    now: datetime,
    *,
    only: str | None = None,
    all_but: str | None = None,
) -> int:
    """Ends the open sessions of an account, one of them or all but one; how many ended."""
    ending = sa.update(session).where(session.c.account_id == account_id, session.c.ended_at.is_(None))
    if only is not None:
        ending = ending.where(session.c.id == only)
    if all_but is not None:
        ending = ending.where(session.c.id != all_but)
    return db.execute(ending.values(ended_at=now, end_reason=reason)).rowcount


def ended_since(db: sa.Connection, county_id: str, since: datetime, at_most: int) -> list[str]:
    """Sessions ended since then, and those of accounts disabled since then; the latest first."""
    ended = sa.select(session.c.id, session.c.ended_at.label("at")).where(
        session.c.county_id == county_id, session.c.ended_at >= since
    )
    disabled = (
        sa.select(session.c.id, account.c.disabled_at)
        .join(account, account.c.id == session.c.account_id)
        .where(account.c.county_id == county_id, account.c.disabled_at >= since, session.c.ended_at.is_(None))
    )
    both = sa.union_all(ended, disabled).subquery()
    return list(db.scalars(sa.select(both.c.id).order_by(both.c.at.desc()).limit(at_most)))


def forget_before(db: sa.Connection, before: datetime, at_most: int) -> int:
    """Deletes sessions, with their tokens, that ran out before this instant."""
    old = sa.select(session.c.id).where(session.c.expires_at < before).limit(at_most)
    return db.execute(sa.delete(session).where(session.c.id.in_(old))).rowcount
