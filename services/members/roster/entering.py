"""Writes the members whom a file brings in: the person with his sealed columns, and his first branch, statuses and class.

Tells of them from what was written, without reading it back: for a whole county that is a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.members import messages as m
from services.contracts.members.methods import ROSTER_CHANGED
from services.contracts.values import OrgId, OrgPath
from services.members.domain.masking import masked_identity_number, masked_phone
from services.members.domain.membership import History, admit, first_statuses
from services.members.domain.periods import Period
from services.members.domain.roster.form import MemberClass
from services.members.domain.roster.rows import RosterRow
from services.members.roster import bulk
from services.members.roster.course import Course
from services.members.roster.present import Place
from services.members.storage.tables import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    member,
    member_class_period,
    member_status,
    membership,
    phone_tail_text,
)


@dataclass(frozen=True, slots=True)
class _Newcomer:
    id: str
    line: RosterRow
    branch_path: OrgPath
    history: History
    member_class: Period[MemberClass]


def add_members(course: Course, county_id: str, lines: Sequence[RosterRow], places: Mapping[str, Place]) -> None:
    """Writes and tells them, a batch at a time."""
    work = course.work
    for some in bulk.batches(lines, m.BATCH):
        newcomers = [_newcomer(line, places[line.branch_code], work.today) for line in some]
        bulk.insert(work.db, member, _people(work, county_id, [(one.id, one.line) for one in newcomers]))
        _write_histories(work, county_id, newcomers)
        told = m.RosterChanged(members=tuple(_snapshot(county_id, one) for one in newcomers))
        work.tell(ROSTER_CHANGED, told, subject=f"county/{county_id}")
        course.breathe()


def _newcomer(line: RosterRow, place: Place, today: date) -> _Newcomer:
    since = line.branch_since or today
    history = admit(OrgId(place.id), since, first_statuses(line.status, line.joined_on, line.full_on, since))
    # The form tells no day for the class. It holds for as long as the member is one, so that no month is without.
    return _Newcomer(new_id(), line, place.path, history, Period(line.member_class, min(line.joined_on, since)))


def _people(work: Work, county_id: str, people: Sequence[tuple[str, RosterRow]]) -> list[dict[str, Any]]:
    numbers = work.keys.seal_many(ID_NUMBER, ((one, line.identity_number) for one, line in people))
    phones = sealed_phones(work, people)
    return [
        {
            "id": member_id,
            "county_id": county_id,
            "name": line.name,
            "sex": line.sex,
            "nation": line.nation,
            "born_on": line.birth_date,
            "id_number_sealed": number,
            "id_number_index": work.index.of(ID_NUMBER, line.identity_number),
            "id_number_masked": masked_identity_number(line.identity_number),
            **phone,
            "household": line.household,
            "away": line.away,
            "away_place": line.away_place,
            "joined_on": line.joined_on,
            "full_on": line.full_on,
            "version": 1,
        }
        for (member_id, line), number, phone in zip(people, numbers, phones, strict=True)
    ]


def sealed_phones(work: Work, people: Sequence[tuple[str, RosterRow]]) -> list[dict[str, Any]]:
    """The columns of the phone, all of them empty for whom the file gives none."""
    sealed = iter(work.keys.seal_many(PHONE, ((one, line.phone) for one, line in people if line.phone)))
    return [
        {
            "phone_sealed": next(sealed) if line.phone else None,
            "phone_index": work.index.of(PHONE, line.phone) if line.phone else None,
            "phone_masked": masked_phone(line.phone),
            "phone_tail_index": _tail_index(work, line),
        }
        for _, line in people
    ]


def _tail_index(work: Work, line: RosterRow) -> bytes | None:
    return work.index.of(PHONE_TAIL, phone_tail_text(line.name, line.phone)) if line.phone else None


def _write_histories(work: Work, county_id: str, newcomers: Sequence[_Newcomer]) -> None:
    branches, statuses, classes = [], [], []
    for one in newcomers:
        branches += [period_row(county_id, one.id, "branch_id", period) for period in one.history.branches]
        statuses += [period_row(county_id, one.id, "status", period) for period in one.history.statuses]
        classes.append(period_row(county_id, one.id, "member_class", one.member_class))
    bulk.insert(work.db, membership, branches)
    bulk.insert(work.db, member_status, statuses)
    bulk.insert(work.db, member_class_period, classes)


def _snapshot(county_id: str, one: _Newcomer) -> m.MemberSnapshot:
    member_class = m.ClassPeriod(
        member_class=m.MemberClass(one.member_class.value), from_day=one.member_class.from_day, to_day=None
    )
    return m.MemberSnapshot(
        id=one.id,
        county_id=county_id,
        name=one.line.name,
        household=one.line.household,
        joined_on=one.line.joined_on,
        away=one.line.away,
        branches=tuple(
            m.BranchPeriod(
                branch_id=period.value, branch_path=one.branch_path, from_day=period.from_day, to_day=period.to_day
            )
            for period in one.history.branches
        ),
        classes=(member_class,),
        statuses=tuple(
            m.StatusPeriod(status=m.MemberStatus(period.value), from_day=period.from_day, to_day=period.to_day)
            for period in one.history.statuses
        ),
        version=1,
    )


def period_row(county_id: str, member_id: str, column: str, period: Period[Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "county_id": county_id,
        "member_id": member_id,
        column: period.value,
        "from_day": period.from_day,
        "to_day": period.to_day,
    }
