"""Reads and writes accounts, counted failures and activation codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.members.domain.sign_in import Failures
from services.members.storage.tables import account, activation_code, member, sign_in_failure

Row = Any
"""A row with its columns as attributes."""


def find(db: sa.Connection, county_id: str, account_id: str) -> Row | None:
    """An account that is not disabled."""
    return db.execute(_live(county_id).where(account.c.id == account_id)).one_or_none()


def find_of_member(db: sa.Connection, county_id: str, member_id: str) -> Row | None:
    """A member's account, disabled or not."""
    mine = sa.and_(account.c.county_id == county_id, account.c.member_id == member_id)
    return db.execute(sa.select(account).where(mine)).one_or_none()


def find_by_openid(db: sa.Connection, county_id: str, openid_index: bytes) -> Row | None:
    return db.execute(_live(county_id).where(account.c.wechat_openid_index == openid_index)).one_or_none()


def openid_taken(db: sa.Connection, county_id: str, openid_index: bytes) -> bool:
    """Whether any account, even a disabled one, is bound to this WeChat account."""
    bound = sa.and_(account.c.county_id == county_id, account.c.wechat_openid_index == openid_index)
    return bool(db.scalar(sa.select(sa.exists().where(bound))))


def find_by_phone(db: sa.Connection, county_id: str, phone_index: bytes, limit: int) -> list[Row]:
    """Accounts with a password whose member has this phone."""
    found = (
        _live(county_id)
        .join(member, member.c.id == account.c.member_id)
        .where(member.c.phone_index == phone_index, account.c.password_hash.is_not(None))
    )
    return list(db.execute(found.order_by(account.c.id).limit(limit)).all())


def _live(county_id: str) -> sa.Select[Any]:
    return sa.select(account).where(account.c.county_id == county_id, account.c.disabled_at.is_(None))


def add(db: sa.Connection, *, account_id: str, county_id: str, member_id: str, now: datetime) -> None:
    db.execute(sa.insert(account).values(id=account_id, county_id=county_id, member_id=member_id, created_at=now))


def change(db: sa.Connection, account_id: str, **values: Any) -> None:
    db.execute(sa.update(account).where(account.c.id == account_id).values(values))


# Failures


def try_alone(db: sa.Connection, subject_index: bytes) -> bool:
    """Whether this transaction is the only one now that tries this subject: guesses side by side would outrun the count."""
    key = int.from_bytes(subject_index[:8], signed=True)
    return bool(db.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))))


def failures_of(db: sa.Connection, county_id: str, subject_index: bytes) -> Failures:
    row = db.execute(
        sa.select(sign_in_failure).where(
            sign_in_failure.c.county_id == county_id, sign_in_failure.c.subject_index == subject_index
        )
    ).one_or_none()
    return Failures(row.failures, row.last_failure_at) if row else Failures()


def keep_failures(db: sa.Connection, county_id: str, subject_index: bytes, failures: Failures) -> None:
    counted = {"failures": failures.count, "last_failure_at": failures.last_at}
    row = pg.insert(sign_in_failure).values(county_id=county_id, subject_index=subject_index, **counted)
    keys = [sign_in_failure.c.county_id, sign_in_failure.c.subject_index]
    db.execute(row.on_conflict_do_update(index_elements=keys, set_=counted))


def clear_failures(db: sa.Connection, county_id: str, subject_index: bytes) -> None:
    db.execute(
        sa.delete(sign_in_failure).where(
            sign_in_failure.c.county_id == county_id, sign_in_failure.c.subject_index == subject_index
        )
    )


def forget_failures_before(db: sa.Connection, before: datetime, at_most: int) -> int:
    old = sa.select(sign_in_failure.c.subject_index).where(sign_in_failure.c.last_failure_at < before).limit(at_most)
    stale = sa.and_(sign_in_failure.c.subject_index.in_(old), sign_in_failure.c.last_failure_at < before)
    return db.execute(sa.delete(sign_in_failure).where(stale)).rowcount


# Activation codes


def issue_code(
    db: sa.Connection,
    *,
    code_id: str,
    county_id: str,
    member_id: str,
    code_index: bytes,
    now: datetime,
    until: datetime,
) -> None:
    """A new code; the one before it is good no longer."""
    db.execute(
        _live_codes(sa.update(activation_code)).where(activation_code.c.member_id == member_id).values(replaced_at=now)
    )
    db.execute(
        sa.insert(activation_code).values(
            id=code_id, county_id=county_id, member_id=member_id, code_index=code_index, issued_at=now, expires_at=until
        )
    )


def use_code(db: sa.Connection, *, member_id: str, code_index: bytes, now: datetime) -> bool:
    """Uses up a live code of this member; False when there is none that agrees. It is used at most once."""
    live = _live_codes(sa.update(activation_code)).where(
        activation_code.c.member_id == member_id,
        activation_code.c.code_index == code_index,
        activation_code.c.expires_at > now,
    )
    return db.execute(live.values(used_at=now)).rowcount == 1


def _live_codes(statement: Any) -> Any:
    return statement.where(activation_code.c.used_at.is_(None), activation_code.c.replaced_at.is_(None))
