"""What a branch meeting needs on paper: its members on the upper two steps, with months, reasons and reminders (ARR-2).

Reads only, and leaves the trace that each of them was looked at. It proposes nothing and changes no status: the meeting decides.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from services.chassis.audit import Trace
from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.contracts.dues.errors import ArrearsOfBranchOnly
from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgPath, YearMonth
from services.dues.arrears import ladder, reminders
from services.dues.domain.arrears import Step
from services.dues.storage.arrears import WORDS, arrears_reason, arrears_reminder, member_account
from services.dues.storage.tables import organisation

_FOR_THE_MEETING = (Step.REVIEW_SELF_WITHDRAWAL.value, Step.EDUCATION_AND_DEADLINE.value)


def get_arrears_file(work: Work, request: m.GetArrearsFile) -> m.ArrearsFile:
    """The file of one branch, the longest run first."""
    branch = ladder.reached_organisation(work, request.org_id)
    if branch.kind != OrgKind.BRANCH.value:
        raise ArrearsOfBranchOnly
    c = member_account.c
    theirs = sa.and_(c.county_id == work.caller.county_id, c.branch_id == branch.org_id, c.step.in_(_FOR_THE_MEETING))
    ordered = sa.select(member_account).where(theirs).order_by(c.unpaid_run.desc(), c.owed_fen.desc(), c.member_id)
    rows = work.db.execute(ordered.limit(m.MAX_IN_FILE)).all()
    total = work.db.scalar(sa.select(sa.func.count()).select_from(member_account).where(theirs)) or 0
    path = OrgPath(branch.path)
    work.audit_many(Trace("dues.arrears_file_made", "member", row.member_id, path, row.member_id) for row in rows)
    above = sa.select(organisation.c.name).where(organisation.c.org_id == branch.parent_id)
    return m.ArrearsFile(
        org_id=branch.org_id,
        branch_name=branch.name,
        above_name=work.db.scalar(above) or "",
        month=work.month,
        made_at=work.now,
        members=tuple(_members(work, rows)),
        left_out=total - len(rows),
    )


def _members(work: Work, rows: Any) -> list[m.FileMember]:
    ids = [row.member_id for row in rows]
    names, months = ladder.names_of(work, ids), reminders.owed_months(work, ids)
    reasons, told = _reasons(work, ids), _told(work, ids)
    return [
        m.FileMember(
            member_id=row.member_id,
            name=names[row.member_id][0],
            step=m.ArrearsStep(row.step),
            unpaid_run=row.unpaid_run,
            since=YearMonth.from_number(row.since_month) if row.since_month else None,
            owed_fen=row.owed_fen,
            owed_months=row.owed_months,
            months=tuple(
                m.FileMonth(month=month, owed_fen=missing_fen)
                for month, missing_fen in months[row.member_id][-m.MAX_TOLD_MONTHS :]
            ),
            reasons=tuple(reasons.get(row.member_id, ())[: m.MAX_REASONS]),
            reminded_on=tuple(told.get(row.member_id, ())[-m.MAX_REMINDERS :]),
        )
        for row in rows
    ]


def _reasons(work: Work, member_ids: list[str]) -> dict[str, list[m.FileReason]]:
    c = arrears_reason.c
    standing = sa.select(c.reason_id, c.member_id, c.first_day, c.last_day, c.words_sealed).where(
        c.member_id.in_(member_ids), c.removed_at.is_(None)
    )
    rows = work.db.execute(standing.order_by(c.first_day)).all()
    words = work.keys.open_many(WORDS, [(row.reason_id, bytes(row.words_sealed)) for row in rows])
    found: dict[str, list[m.FileReason]] = {}
    for row, text in zip(rows, words, strict=True):
        one = m.FileReason(first_day=row.first_day, last_day=row.last_day, words=text)
        found.setdefault(row.member_id, []).append(one)
    return found


def _told(work: Work, member_ids: list[str]) -> dict[str, list[date]]:
    c = arrears_reminder.c
    told = sa.select(c.member_id, c.day).where(c.member_id.in_(member_ids), c.state == m.ReminderState.TOLD.value)
    found: dict[str, list[date]] = {}
    for row in work.db.execute(told.order_by(c.day)):
        found.setdefault(row.member_id, []).append(row.day)
    return found
