"""Makes the workbook of an export: opens the sealed columns of a subtree's members, which its trace says and why."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import sqlalchemy as sa

from services.chassis.clock import shanghai
from services.chassis.limits import MAX_ROSTER_BYTES
from services.chassis.work import Work
from services.contracts.members.messages import ExportState
from services.contracts.values import OrgPath, is_within
from services.members.domain.identity_number import Sex
from services.members.domain.membership import Status
from services.members.domain.roster.form import MemberClass
from services.members.roster import present
from services.members.roster.course import Course
from services.members.roster.imports import XLSX
from services.members.spreadsheets.roster_writer import RosterLine, write_roster
from services.members.storage.tables import (
    ID_NUMBER,
    PHONE,
    member,
    member_class_period,
    member_status,
    membership,
    organisation,
    roster_export,
)

_COLUMNS = (
    *(member.c.id, member.c.name, member.c.sex, member.c.nation, member.c.id_number_sealed, member.c.phone_sealed),
    *(member.c.joined_on, member.c.full_on, member.c.household, member.c.away, member.c.away_place),
    *(organisation.c.code.label("branch_code"), organisation.c.name.label("branch_name")),
    *(membership.c.from_day, member_status.c.status, member_class_period.c.member_class),
)


def write_export(course: Course, record: Any) -> None:
    """Writes the file, then the row that refers to it."""
    work = course.work
    places = present.places(work.db, record.county_id).values()
    path = next(place.path for place in places if place.id == record.org_id)
    beneath = [place.organisation for place in places if is_within(place.path, path)]
    content = BytesIO()
    count = write_roster(content, beneath, _lines(work, path), shanghai(work.now), course.breathe)
    content.seek(0)
    file = course.files.put(content, XLSX, MAX_ROSTER_BYTES)
    work.audit("write_export", "roster_export", record.id, path=path, purpose=record.purpose)
    done = {
        "state": ExportState.READY,
        "file_key": file.key,
        "file_sha256": file.sha256,
        "file_size_bytes": file.size_bytes,
        "file_media_type": file.media_type,
        "file_name": f"roster-{work.today:%Y%m%d}.xlsx",
        "rows": count,
        "finished_at": work.now,
    }
    work.db.execute(sa.update(roster_export).where(roster_export.c.id == record.id).values(done))


def _lines(work: Work, path: OrgPath) -> Iterator[RosterLine]:
    """Whom the branches of the subtree hold now, branch by branch."""
    rows = work.db.execute(
        sa.select(*_COLUMNS)
        .select_from(member)
        .join(membership, sa.and_(membership.c.member_id == member.c.id, membership.c.to_day.is_(None)))
        .join(organisation, organisation.c.id == membership.c.branch_id)
        .join(member_status, sa.and_(member_status.c.member_id == member.c.id, member_status.c.to_day.is_(None)))
        .join(
            member_class_period,
            sa.and_(member_class_period.c.member_id == member.c.id, member_class_period.c.to_day.is_(None)),
        )
        .where(member.c.county_id == work.caller.county_id, organisation.c.path.within(path))
        .order_by(organisation.c.path, member.c.id)
    )
    for row in rows:
        yield RosterLine(
            name=row.name,
            identity_number=work.keys.open(ID_NUMBER, row.id, row.id_number_sealed),
            sex=Sex(row.sex),
            nation=row.nation,
            phone=work.keys.open(PHONE, row.id, row.phone_sealed) if row.phone_sealed else "",
            branch_code=row.branch_code,
            branch_name=row.branch_name,
            status=Status(row.status),
            member_class=MemberClass(row.member_class),
            joined_on=row.joined_on,
            full_on=row.full_on,
            branch_since=row.from_day,
            household=row.household,
            away=row.away,
            away_place=row.away_place,
        )
