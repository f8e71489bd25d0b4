"""Reads members with their present branch, status and class, and their whole histories for events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from services.contracts.members import messages as m
from services.contracts.values import OrgPath
from services.members.storage.tables import (
    account,
    member,
    member_class_period,
    member_status,
    membership,
    organisation,
)

Row = Any
"""A row with its columns as attributes."""

_LINE = (
    member.c.id,
    member.c.name,
    member.c.sex,
    member.c.nation,
    member.c.id_number_masked,
    member.c.phone_masked,
    organisation.c.id.label("branch_id"),
    organisation.c.name.label("branch_name"),
    organisation.c.path.label("branch_path"),
    member_status.c.status,
    member_class_period.c.member_class,
    member.c.household,
    member.c.joined_on,
    member.c.full_on,
    member.c.away,
    member.c.away_place,
    account.c.id.is_not(None).label("has_account"),
    member.c.version,
)
_OPEN = (
    member.join(membership, sa.and_(membership.c.member_id == member.c.id, membership.c.to_day.is_(None)))
    .join(organisation, organisation.c.id == membership.c.branch_id)
    .join(member_status, sa.and_(member_status.c.member_id == member.c.id, member_status.c.to_day.is_(None)))
    .join(
        member_class_period,
        sa.and_(member_class_period.c.member_id == member.c.id, member_class_period.c.to_day.is_(None)),
    )
    .outerjoin(account, account.c.member_id == member.c.id)
)
"""Whom a branch holds now. Who was removed or transferred out has no open membership and is found nowhere here."""


def find_line(db: sa.Connection, county_id: str, member_id: str) -> Row | None:
    """A member with his present branch, status and class."""
    mine = sa.select(*_LINE).select_from(_OPEN).where(member.c.county_id == county_id, member.c.id == member_id)
    return db.execute(mine).one_or_none()


def find_sealed(db: sa.Connection, county_id: str, member_id: str) -> Row | None:
    """The sealed columns and the birth date of one member."""
    columns = (member.c.id, member.c.name, member.c.born_on, member.c.id_number_sealed, member.c.phone_sealed)
    mine = sa.select(*columns).where(member.c.county_id == county_id, member.c.id == member_id)
    return db.execute(mine).one_or_none()


def lock(db: sa.Connection, county_id: str, member_id: str) -> None:
    """Keeps changes to one member's roles apart until the end of the transaction."""
    db.execute(
        sa.select(member.c.id).where(member.c.county_id == county_id, member.c.id == member_id).with_for_update()
    )


def page_beneath(
    db: sa.Connection,
    county_id: str,
    path: OrgPath,
    *,
    name_part: str | None = None,
    phone_index: bytes | None = None,
    id_number_index: bytes | None = None,
    after: tuple[str, str] | None = None,
    limit: int,
) -> list[Row]:
    """Members of the subtree, branch by branch, from behind the (branch path, member id) ``after``.

    Told in terms of ``organisation (county_id, path)`` and ``membership (branch_id, member_id)``, so that the database walks
    these two indexes in the page's own order and stops at its end, instead of sorting a county for each page.
    """
    within = (organisation.c.county_id == county_id, organisation.c.path.within(path))
    page = sa.select(*_LINE).select_from(_OPEN).where(*within)
    if name_part:
        page = page.where(member.c.name.contains(name_part, autoescape=True))
    if phone_index is not None:
        page = page.where(member.c.phone_index == phone_index)
    if id_number_index is not None:
        page = page.where(member.c.id_number_index == id_number_index)
    if after is not None:
        after_path, after_id = after
        behind = sa.tuple_(organisation.c.path, membership.c.member_id) > sa.tuple_(after_path, after_id)
        page = page.where(organisation.c.path >= after_path, behind)
    return list(db.execute(page.order_by(organisation.c.path, membership.c.member_id).limit(limit)).all())


def find_by_phone(db: sa.Connection, county_id: str, phone_index: bytes, limit: int) -> list[Row]:
    """Members who belong to a branch and have this phone, with what binding compares. Families share phones."""
    columns = (member.c.id, member.c.name, member.c.born_on, member.c.id_number_sealed, member.c.phone_sealed)
    found = (
        sa.select(*columns)
        .select_from(_OPEN)
        .where(member.c.county_id == county_id, member.c.phone_index == phone_index)
    )
    return list(db.execute(found.order_by(member.c.id).limit(limit)).all())


def find_by_phone_tail(db: sa.Connection, county_id: str, phone_tail_index: bytes, limit: int) -> list[Row]:
    """PAY-7: members whose full name and last four digits of the phone both agree."""
    found = (
        sa.select(*_LINE)
        .select_from(_OPEN)
        .where(member.c.county_id == county_id, member.c.phone_tail_index == phone_tail_index)
    )
    return list(db.execute(found.order_by(member.c.id).limit(limit)).all())


def add(
    db: sa.Connection,
    values: dict[str, Any],
    *,
    branch: dict[str, Any],
    statuses: Sequence[dict[str, Any]],
    member_class: dict[str, Any],
) -> None:
    """One new member with his first branch, statuses and class."""
    db.execute(sa.insert(member).values(values))
    db.execute(sa.insert(membership).values(branch))
    db.execute(sa.insert(member_status), list(statuses))
    db.execute(sa.insert(member_class_period).values(member_class))


def snapshots(db: sa.Connection, ids: Collection[str]) -> tuple[m.MemberSnapshot, ...]:
    """What an event tells of these members, with their whole histories; four statements whatever their number."""
    branches: dict[str, list[m.BranchPeriod]] = defaultdict(list)
    statuses: dict[str, list[m.StatusPeriod]] = defaultdict(list)
    classes: dict[str, list[m.ClassPeriod]] = defaultdict(list)
    places = sa.select(membership, organisation.c.path).join(organisation, organisation.c.id == membership.c.branch_id)
    for row in db.execute(_histories(places, membership, ids)):
        branches[row.member_id].append(
            m.BranchPeriod(
                branch_id=row.branch_id, branch_path=OrgPath(row.path), from_day=row.from_day, to_day=row.to_day
            )
        )
    for row in db.execute(_histories(sa.select(member_status), member_status, ids)):
        statuses[row.member_id].append(
            m.StatusPeriod(status=m.MemberStatus(row.status), from_day=row.from_day, to_day=row.to_day)
        )
    for row in db.execute(_histories(sa.select(member_class_period), member_class_period, ids)):
        classes[row.member_id].append(
            m.ClassPeriod(member_class=m.MemberClass(row.member_class), from_day=row.from_day, to_day=row.to_day)
        )
    rows = db.execute(sa.select(member).where(member.c.id.in_(ids)).order_by(member.c.id))
    return tuple(
        m.MemberSnapshot(
            id=row.id,
            county_id=row.county_id,
            name=row.name,
            household=row.household,
            joined_on=row.joined_on,
            away=row.away,
            branches=tuple(branches[row.id]),
            classes=tuple(classes[row.id]),
            statuses=tuple(statuses[row.id]),
            version=row.version,
        )
        for row in rows
    )


def _histories(statement: sa.Select[Any], table: sa.Table, ids: Collection[str]) -> sa.Select[Any]:
    return statement.where(table.c.member_id.in_(ids)).order_by(table.c.member_id, table.c.from_day)
