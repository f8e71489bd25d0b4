"""The roster as it stands: what a plan compares a file with, and the histories that an import carries on.

Reads only. No sealed column is opened here: members are found by their blind indexes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from services.contracts.values import MemberId, OrgId, OrgPath
from services.members.domain.membership import History, Status
from services.members.domain.organisation import Kind, Organisation
from services.members.domain.periods import Period, Periods
from services.members.domain.roster.form import MemberClass
from services.members.domain.roster.plan import ExistingMember
from services.members.roster.course import Breathe
from services.members.storage.tables import (
    member,
    member_class_period,
    member_status,
    membership,
    organisation,
)

V = TypeVar("V")
ROWS_A_BREATH = 500


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation with what the database knows of it beside its content."""

    id: str
    path: OrgPath
    version: int
    organisation: Organisation


def places(db: sa.Connection, county_id: str) -> dict[str, Place]:
    """Every organisation of the county by its code."""
    parent = organisation.alias("parent")
    rows = db.execute(
        sa.select(organisation, parent.c.code.label("parent_code"))
        .outerjoin(parent, parent.c.id == organisation.c.parent_id)
        .where(organisation.c.county_id == county_id)
        .order_by(organisation.c.path)
    )
    return {
        row.code: Place(
            row.id,
            OrgPath(row.path),
            row.version,
            Organisation(row.code, row.name, Kind(row.kind), row.parent_code or ""),
        )
        for row in rows
    }


def members(db: sa.Connection, county_id: str, breathe: Breathe) -> dict[bytes, ExistingMember]:
    """Every member of the county by the blind index of his identity number."""
    statuses = _statuses(db, county_id, breathe)
    branch = sa.and_(membership.c.member_id == member.c.id, membership.c.to_day.is_(None))
    its_class = sa.and_(member_class_period.c.member_id == member.c.id, member_class_period.c.to_day.is_(None))
    rows = db.execute(
        sa.select(*_COMPARED)
        .select_from(member)
        .join(member_class_period, its_class)
        .outerjoin(membership, branch)
        .outerjoin(organisation, organisation.c.id == membership.c.branch_id)
        .where(member.c.county_id == county_id)
        .order_by(member.c.id)
    )
    found: dict[bytes, ExistingMember] = {}
    for row in rows:
        if len(found) % ROWS_A_BREATH == 0:
            breathe()
        found[row.id_number_index] = ExistingMember(
            member_id=MemberId(row.id),
            name=row.name,
            nation=row.nation,
            phone_index=row.phone_index,
            branch_code=row.branch_code or "",
            branch_since=row.branch_since,
            statuses=tuple(statuses[row.id]),
            member_class=MemberClass(row.member_class),
            joined_on=row.joined_on,
            full_on=row.full_on,
            household=row.household,
            away=row.away,
            away_place=row.away_place,
        )
    return found


_COMPARED = (
    *(member.c.id, member.c.id_number_index, member.c.name, member.c.nation, member.c.phone_index),
    *(member.c.joined_on, member.c.full_on, member.c.household, member.c.away, member.c.away_place),
    organisation.c.code.label("branch_code"),
    membership.c.from_day.label("branch_since"),
    member_class_period.c.member_class,
)


def _statuses(db: sa.Connection, county_id: str, breathe: Breathe) -> dict[str, list[Period[Status]]]:
    columns = (member_status.c.member_id, member_status.c.status, member_status.c.from_day, member_status.c.to_day)
    rows = db.execute(
        sa.select(*columns).where(member_status.c.county_id == county_id).order_by(*columns[:1], columns[2])
    )
    found: dict[str, list[Period[Status]]] = defaultdict(list)
    for number, (member_id, status, from_day, to_day) in enumerate(rows):
        if number % ROWS_A_BREATH == 0:
            breathe()
        found[member_id].append(Period(Status(status), from_day, to_day))
    return found


@dataclass(frozen=True, slots=True)
class Stored(Generic[V]):
    """A period with the id of its row."""

    id: str
    value: V
    from_day: date
    to_day: date | None


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """A member's whole history as rows."""

    branches: tuple[Stored[OrgId], ...]
    statuses: tuple[Stored[Status], ...]
    classes: tuple[Stored[MemberClass], ...]

    @property
    def history(self) -> History:
        return History(as_periods(self.branches), as_periods(self.statuses))


def as_periods(stored: tuple[Stored[V], ...]) -> Periods[V]:
    return tuple(Period(one.value, one.from_day, one.to_day) for one in stored)


def histories(db: sa.Connection, ids: Collection[str]) -> dict[str, StoredHistory]:
    """The histories of these members, with three statements."""
    branches = _stored(db, membership, membership.c.branch_id, OrgId, ids)
    statuses = _stored(db, member_status, member_status.c.status, Status, ids)
    classes = _stored(db, member_class_period, member_class_period.c.member_class, MemberClass, ids)
    return {
        one: StoredHistory(tuple(branches.get(one, ())), tuple(statuses.get(one, ())), tuple(classes.get(one, ())))
        for one in ids
    }


def _stored(
    db: sa.Connection, table: sa.Table, value: sa.Column[Any], kind: Any, ids: Collection[str]
) -> dict[str, list[Stored[Any]]]:
    columns = (table.c.member_id, table.c.id, value, table.c.from_day, table.c.to_day)
    rows = db.execute(sa.select(*columns).where(table.c.member_id.in_(ids)).order_by(columns[0], table.c.from_day))
    found: dict[str, list[Stored[Any]]] = defaultdict(list)
    for member_id, row_id, content, from_day, to_day in rows:
        found[member_id].append(Stored(row_id, kind(content), from_day, to_day))
    return found
