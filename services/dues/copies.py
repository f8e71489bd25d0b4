"""Keeps the copies of organisations and members in step with what the members service tells.

An older version never overwrites a newer one, so events may come twice or out of order. Changes nothing but the copies: what a
move or a new class does to months is worked out when a month is opened or looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.work import Work
from services.contracts.members.messages import MemberSnapshot, OrganisationsChanged, OrgSnapshot, RosterChanged
from services.contracts.wire import dump
from services.dues.storage.tables import member, organisation


class _Period(Protocol):
    @property
    def from_day(self) -> date: ...

    @property
    def to_day(self) -> date | None: ...


P = TypeVar("P", bound=_Period)
S = TypeVar("S", OrgSnapshot, MemberSnapshot)


def keep_organisations(work: Work, event: OrganisationsChanged) -> None:
    """Brings the organisations' copy up to these versions."""
    rows = [
        {"org_id": each.id, **{name: dump(getattr(each, name)) for name in _ORGANISATION_FIELDS}}
        for each in _newest(event.organisations)
    ]
    _upsert(work, organisation, "org_id", rows)


def keep_members(work: Work, event: RosterChanged) -> None:
    """Brings the members' copy up to these versions, with branch, class and status of today beside the periods."""
    _upsert(work, member, "member_id", [_member_row(each, work.today) for each in _newest(event.members)])


_ORGANISATION_FIELDS = ("county_id", "parent_id", "code", "name", "kind", "path", "version")


def _member_row(snapshot: MemberSnapshot, today: date) -> dict[str, Any]:
    branch = _held(snapshot.branches, today)
    return {
        "member_id": snapshot.id,
        "county_id": snapshot.county_id,
        "name": snapshot.name,
        "household": snapshot.household,
        "branch_id": branch.branch_id,
        "branch_path": branch.branch_path,
        "member_class": _held(snapshot.classes, today).member_class.value,
        "status": _held(snapshot.statuses, today).status.value,
        "joined_on": snapshot.joined_on,
        "branches": dump(snapshot.branches),
        "classes": dump(snapshot.classes),
        "statuses": dump(snapshot.statuses),
        "version": snapshot.version,
    }


def _held(periods: Sequence[P], today: date) -> P:
    """The period that holds today, else the last one: who has left is shown where he last was."""
    open_today = (each for each in periods if each.from_day <= today and (each.to_day is None or today < each.to_day))
    return next(open_today, max(periods, key=lambda each: each.from_day))


def _newest(snapshots: Sequence[S]) -> list[S]:
    """One snapshot for each id: a statement may touch a row only once. In the order of ids, so that two handlers that
    run beside each other lock the rows in one order."""
    by_id: dict[str, S] = {}
    for each in snapshots:
        if each.id not in by_id or by_id[each.id].version < each.version:
            by_id[each.id] = each
    return [by_id[key] for key in sorted(by_id)]


def _upsert(work: Work, table: sa.Table, key: str, rows: list[dict[str, Any]]) -> None:
    statement = pg.insert(table).values(rows)
    given = {name: statement.excluded[name] for name in table.c.keys() if name != key}  # noqa: SIM118 - of columns
    work.db.execute(
        statement.on_conflict_do_update(
            index_elements=[key], set_=given, where=statement.excluded.version > table.c.version
        )
    )
