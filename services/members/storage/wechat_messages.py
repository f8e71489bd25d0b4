"""Reads and writes messages that go through WeChat; ``migrations/0007_wechat_messages.py`` makes their table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.members.storage.tables import _id, _instant, _text, account, metadata

wechat_message = sa.Table(
    "wechat_message",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("member_id"),
    sa.Column("first_month", sa.Integer),
    sa.Column("last_month", sa.Integer),
    sa.Column("months", sa.Integer),
    sa.Column("amount_fen", sa.BigInteger),
    _text("outcome"),
    sa.Column("tries", sa.Integer),
    _instant("next_try_at"),
    _instant("send_until"),
    _instant("told_at"),
    _instant("ended_at"),
)


def add(db: sa.Connection, values: dict[str, Any]) -> None:
    db.execute(sa.insert(wechat_message).values(values))


def due(db: sa.Connection, county_id: str, now: datetime, limit: int) -> list[Any]:
    """Messages to be tried now, each with the sealed openid of its member's account, held until this transaction ends."""
    c = wechat_message.c
    waiting = (
        sa.select(c.id)
        .where(c.county_id == county_id, c.outcome.is_(None), c.next_try_at <= now)
        .order_by(c.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    mine = sa.and_(account.c.member_id == c.member_id, account.c.disabled_at.is_(None))
    rows = sa.select(wechat_message, account.c.id.label("account_id"), account.c.wechat_openid_sealed)
    found = rows.outerjoin(account, mine).where(c.id.in_(waiting)).order_by(c.next_try_at, c.id)
    return list(db.execute(found).all())


def put_off(db: sa.Connection, message_id: str, until: datetime) -> None:
    """Counts a try."""
    c = wechat_message.c
    db.execute(sa.update(wechat_message).where(c.id == message_id).values(next_try_at=until, tries=c.tries + 1))


def end(db: sa.Connection, message_id: str, outcome: str, now: datetime) -> bool:
    """False when it had ended before."""
    c = wechat_message.c
    mine = sa.update(wechat_message).where(c.id == message_id, c.outcome.is_(None))
    return bool(db.execute(mine.values(outcome=outcome, ended_at=now)).rowcount)


def forget_before(db: sa.Connection, before: datetime, at_most: int) -> int:
    """Deletes messages that were told before this instant."""
    old = sa.select(wechat_message.c.id).where(wechat_message.c.told_at < before).limit(at_most)
    return db.execute(sa.delete(wechat_message).where(wechat_message.c.id.in_(old))).rowcount
