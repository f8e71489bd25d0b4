"""Reads and writes organisations and the county's own row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from services.members.storage.tables import county, membership, organisation

Row = Any
"""A row with its columns as attributes."""


def find(db: sa.Connection, county_id: str, org_id: str) -> Row | None:
    mine = sa.and_(organisation.c.county_id == county_id, organisation.c.id == org_id)
    return db.execute(sa.select(organisation).where(mine)).one_or_none()


def find_by_code(db: sa.Connection, county_id: str, code: str) -> Row | None:
    mine = sa.and_(organisation.c.county_id == county_id, organisation.c.code == code)
    return db.execute(sa.select(organisation).where(mine)).one_or_none()


def page_of_children(db: sa.Connection, county_id: str, parent_id: str, after: str | None, limit: int) -> list[Row]:
    """In the order of their paths, from behind the path ``after``."""
    children = sa.select(organisation).where(
        organisation.c.county_id == county_id, organisation.c.parent_id == parent_id
    )
    return _paged(db, children, after, limit)


def page_of_ids(db: sa.Connection, county_id: str, ids: Collection[str], after: str | None, limit: int) -> list[Row]:
    mine = sa.select(organisation).where(organisation.c.county_id == county_id, organisation.c.id.in_(ids))
    return _paged(db, mine, after, limit)


def _paged(db: sa.Connection, statement: sa.Select[Any], after: str | None, limit: int) -> list[Row]:
    if after is not None:
        statement = statement.where(organisation.c.path > after)
    return list(db.execute(statement.order_by(organisation.c.path).limit(limit)).all())


def member_counts(db: sa.Connection, ids: Collection[str]) -> dict[str, int]:
    """Active members in each organisation's subtree, by organisation id, with one statement."""
    if not ids:
        return {}
    beneath = organisation.alias("beneath")
    counts = (
        sa.select(organisation.c.id, sa.func.count(membership.c.id))
        .join(
            beneath,
            sa.and_(beneath.c.county_id == organisation.c.county_id, beneath.c.path.within(organisation.c.path)),
        )
        .join(membership, sa.and_(membership.c.branch_id == beneath.c.id, membership.c.to_day.is_(None)))
        .where(organisation.c.id.in_(ids))
        .group_by(organisation.c.id)
    )
    return {row[0]: row[1] for row in db.execute(counts)}


def names_by_path(db: sa.Connection, county_id: str, paths: Collection[str]) -> dict[str, str]:
    """The names of organisations that stand at these paths now."""
    known = [path for path in paths if path]
    if not known:
        return {}
    wanted = organisation.c.path.in_(known)
    rows = db.execute(
        sa.select(organisation.c.path, organisation.c.name).where(organisation.c.county_id == county_id, wanted)
    )
    return {row.path: row.name for row in rows}


def add(db: sa.Connection, values: dict[str, Any]) -> None:
    db.execute(sa.insert(organisation).values(values))


def county_name(db: sa.Connection, county_id: str) -> str:
    """The county's short name, such as 盐亭县; its id while nobody has given one."""
    return db.scalar(sa.select(county.c.name).where(county.c.county_id == county_id)) or county_id


def raise_roster_version(db: sa.Connection, county_id: str) -> int:
    """Tells dry runs that the roster is another one now; also keeps two changes of one county's roster apart."""
    raised = sa.update(county).where(county.c.county_id == county_id).values(roster_version=county.c.roster_version + 1)
    version: int = db.execute(raised.returning(county.c.roster_version)).scalar_one()
    return version
