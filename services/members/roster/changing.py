"""Writes what a file changes of members who are on the roster: their details, and the next step of their histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.contracts.values import OrgId
from services.members.domain import periods
from services.members.domain.membership import History, change_status, enter, move
from services.members.domain.periods import Periods
from services.members.domain.roster.form import Column, MemberClass
from services.members.domain.roster.plan import MemberOutcome
from services.members.domain.roster.rows import RosterRow
from services.members.roster import bulk, present
from services.members.roster.course import CannotImport, Course
from services.members.roster.entering import period_row, sealed_phones
from services.members.roster.present import Stored, StoredHistory, as_periods
from services.members.storage.tables import member, member_class_period, member_status, membership

_PHONE_COLUMNS = frozenset({Column.PHONE, Column.NAME})
"""A name counts too: the index by which a payer finds somebody covers both."""


def change_members(
    course: Course, county_id: str, outcomes: Sequence[MemberOutcome], org_ids: dict[str, str]
) -> list[str]:
    """Writes them batch by batch; the ids of those who changed."""
    changed: list[str] = []
    for some in bulk.batches([one for one in outcomes if one.member_id and one.line]):
        ids = [str(one.member_id) for one in some]
        _write_details(course, ids, some)
        _write_histories(course, county_id, some, org_ids)
        changed += ids
        course.breathe()
    return changed


def _line(outcome: MemberOutcome) -> RosterRow:
    assert outcome.line is not None, "an outcome that is written carries its row"
    return outcome.line


def _write_details(course: Course, ids: Sequence[str], outcomes: Sequence[MemberOutcome]) -> None:
    db = course.work.db
    bulk.update(db, member, [{"id": one.member_id, **_details(_line(one))} for one in outcomes])
    with_phone = [(str(one.member_id), _line(one)) for one in outcomes if not _PHONE_COLUMNS.isdisjoint(one.changed)]
    phones = sealed_phones(course.work, with_phone)
    bulk.update(db, member, [{"id": one, **phone} for (one, _), phone in zip(with_phone, phones, strict=True)])
    db.execute(sa.update(member).where(member.c.id.in_(ids)).values(version=member.c.version + 1))


def _details(line: RosterRow) -> dict[str, Any]:
    return {
        "name": line.name,
        "nation": line.nation,
        "household": line.household,
        "away": line.away,
        "away_place": line.away_place,
        "joined_on": line.joined_on,
        "full_on": line.full_on,
    }


def _write_histories(
    course: Course, county_id: str, outcomes: Sequence[MemberOutcome], org_ids: dict[str, str]
) -> None:
    work = course.work
    stored = present.histories(work.db, [str(one.member_id) for one in outcomes])
    branches = _Changes(county_id, membership, "branch_id")
    statuses = _Changes(county_id, member_status, "status")
    classes = _Changes(county_id, member_class_period, "member_class")
    for one in outcomes:
        member_id = str(one.member_id)
        before = stored[member_id]
        history = _stepped(before.history, one, org_ids)
        branches.note(member_id, before.branches, history.branches)
        statuses.note(member_id, before.statuses, history.statuses)
        classes.note(member_id, before.classes, _classes(before, one, work.today))
    for changes in (branches, statuses, classes):
        changes.write(work.db)


def _stepped(history: History, outcome: MemberOutcome, org_ids: dict[str, str]) -> History:
    """REG-1, REG-2: the steps that the plan names, by the rules of membership."""
    step, moving = outcome.status_step, outcome.move
    result: Any = history
    if step is not None and moving is not None and history.branch is None:
        result = enter(history, OrgId(org_ids[moving.to_code]), step.after, moving.on)
    else:
        if step is not None:
            result = change_status(history, step.after, step.on)
        if moving is not None and isinstance(result, History):
            result = move(result, OrgId(org_ids[moving.to_code]), moving.on)
    if not isinstance(result, History):
        raise CannotImport("step_refused", row=str(outcome.row), reason=str(result))
    return result


def _classes(before: StoredHistory, outcome: MemberOutcome, today: Any) -> Periods[MemberClass]:
    classes = as_periods(before.classes)
    if Column.MEMBER_CLASS not in outcome.changed:
        return classes
    switched = periods.switched(classes, _line(outcome).member_class, today)
    if not isinstance(switched, tuple):
        raise CannotImport("step_refused", row=str(outcome.row), reason=str(switched))
    return switched


class _Changes:
    """What is to be done to one table of periods: a period is the same one as long as its first day and its value are."""

    def __init__(self, county_id: str, table: sa.Table, column: str) -> None:
        self._county_id = county_id
        self._table = table
        self._column = column
        self._gone: list[str] = []
        self._ended: list[dict[str, Any]] = []
        self._new: list[dict[str, Any]] = []

    def note(self, member_id: str, stored: Sequence[Stored[Any]], wished: Periods[Any]) -> None:
        known = {(one.from_day, one.value): one for one in stored}
        for period in wished:
            before = known.pop((period.from_day, period.value), None)
            if before is None:
                self._new.append(period_row(self._county_id, member_id, self._column, period))
            elif before.to_day != period.to_day:
                self._ended.append({"id": before.id, "to_day": period.to_day})
        self._gone += [one.id for one in known.values()]

    def write(self, db: sa.Connection) -> None:
        """In this order, so that no two periods of one member overlap at any moment."""
        bulk.delete(db, self._table, self._gone)
        bulk.update(db, self._table, self._ended)
        bulk.insert(db, self._table, self._new)
