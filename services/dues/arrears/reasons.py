"""Proper reasons for not paying, and one member's whole picture (ARR-3).

A reason stops the six-month flag and reminders, not the debt. It is recorded for some days, looked at again when they have
passed, and never deleted: removing it leaves it on record as removed. Its words are sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.audit import office
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.common import ById, Nothing
from services.contracts.dues import messages as m
from services.contracts.dues.errors import ArrearsReasonRefused
from services.contracts.errors import NotFound
from services.contracts.members.messages import WechatOutcome
from services.contracts.values import OrgPath, YearMonth
from services.dues.arrears.accounts import touch
from services.dues.domain.arrears import CLEAR, MAX_REASON_DAYS
from services.dues.storage.arrears import WORDS, arrears_reason, arrears_reminder, member_account
from services.dues.storage.tables import member, organisation

MOST_BACK = timedelta(days=3 * 366)
"""A reason may begin before it is recorded; what is older than some years is for the meeting, not for a form."""
MOST_AHEAD = timedelta(days=366)


def record_arrears_reason(work: Work, request: m.RecordArrearsReason) -> m.ArrearsReason:
    """Puts a reason on record for a member of the caller's. His account follows within a second or two."""
    person = _reached_member(work, request.member_id)
    if request.last_day < request.first_day:
        raise ArrearsReasonRefused(reason="days_reversed")
    if (request.last_day - request.first_day).days >= MAX_REASON_DAYS:
        raise ArrearsReasonRefused(reason="too_long", most_days=MAX_REASON_DAYS)
    if request.first_day < work.today - MOST_BACK:
        raise ArrearsReasonRefused(reason="too_old", earliest=(work.today - MOST_BACK).isoformat())
    if request.first_day > work.today + MOST_AHEAD:
        raise ArrearsReasonRefused(reason="too_early", latest=(work.today + MOST_AHEAD).isoformat())
    reason_id, path = new_id(), OrgPath(person.branch_path)
    role, role_path = office(work.caller, path)
    work.db.execute(
        sa.insert(arrears_reason).values(
            reason_id=reason_id,
            county_id=work.caller.county_id,
            member_id=request.member_id,
            first_day=request.first_day,
            last_day=request.last_day,
            words_sealed=work.keys.seal(WORDS, reason_id, request.words),
            recorded_by_account=work.caller.account_id,
            recorded_by_role=str(role),
            recorded_by_path=role_path,
            recorded_at=work.now,
        )
    )
    touch(work, [request.member_id])
    work.audit(
        "dues.arrears_reason_recorded", "arrears_reason", reason_id, path=path, about_member_id=request.member_id
    )
    return next(each for each in _reasons(work, request.member_id) if each.id == reason_id)


def remove_arrears_reason(work: Work, request: ById) -> Nothing:
    """Takes a reason out of force; it stays on record. Done again it changes nothing."""
    c = arrears_reason.c
    found = sa.select(c.member_id, c.removed_at).where(c.reason_id == request.id, c.county_id == work.caller.county_id)
    row = work.db.execute(found.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    person = _reached_member(work, row.member_id)
    if row.removed_at is not None:
        return Nothing()
    removed = {"removed_at": work.now, "removed_by_account": work.caller.account_id}
    work.db.execute(sa.update(arrears_reason).where(c.reason_id == request.id).values(**removed))
    touch(work, [row.member_id])
    path = OrgPath(person.branch_path)
    work.audit("dues.arrears_reason_removed", "arrears_reason", request.id, path=path, about_member_id=row.member_id)
    return Nothing()


def get_member_arrears(work: Work, request: m.GetMemberArrears) -> m.MemberArrears:
    """One member: what he owes, his reasons, when he was reminded. The look is in the trail that he reads (SEC-5)."""
    person = _reached_member(work, request.member_id)
    path = OrgPath(person.branch_path)
    work.audit("dues.arrears_seen", "member", request.member_id, path=path, about_member_id=request.member_id)
    account = work.db.execute(
        sa.select(member_account).where(member_account.c.member_id == request.member_id)
    ).one_or_none()
    return m.MemberArrears(
        member_id=request.member_id,
        name=person.name,
        branch_name=person.branch_name,
        step=m.ArrearsStep(account.step if account else CLEAR.step.value),
        unpaid_run=account.unpaid_run if account else 0,
        since=YearMonth.from_number(account.since_month) if account and account.since_month else None,
        owed_months=account.owed_months if account else 0,
        owed_fen=account.owed_fen if account else 0,
        reasons=tuple(_reasons(work, request.member_id)),
        reminders=tuple(_reminders(work, request.member_id)),
    )


def _reached_member(work: Work, member_id: str) -> Any:
    """Raises NotFound for whoever is not the caller's to administer."""
    c, o = member.c, organisation.c
    there = (
        sa.select(c.name, c.branch_path, sa.func.coalesce(o.name, "").label("branch_name"))
        .outerjoin(organisation, o.org_id == c.branch_id)
        .where(c.member_id == member_id, c.county_id == work.caller.county_id)
    )
    row = work.db.execute(there).one_or_none()
    require_reach(work.caller, OrgPath(row.branch_path) if row is not None else None, *TREE_ADMINISTRATORS)
    return row


def _reasons(work: Work, member_id: str) -> list[m.ArrearsReason]:
    c = arrears_reason.c
    newest = sa.select(arrears_reason).where(c.member_id == member_id, c.county_id == work.caller.county_id)
    rows = work.db.execute(newest.order_by(c.recorded_at.desc(), c.reason_id.desc()).limit(m.MAX_REASONS)).all()
    words = work.keys.open_many(WORDS, [(row.reason_id, bytes(row.words_sealed)) for row in rows])
    offices = office_names(work, [row.recorded_by_path for row in rows])
    return [
        m.ArrearsReason(
            id=row.reason_id,
            member_id=row.member_id,
            first_day=row.first_day,
            last_day=row.last_day,
            words=text,
            recorded_by=offices.get(row.recorded_by_path, row.recorded_by_role),
            recorded_at=row.recorded_at,
            removed_at=row.removed_at,
        )
        for row, text in zip(rows, words, strict=True)
    ]


def _reminders(work: Work, member_id: str) -> list[m.ArrearsReminderView]:
    c = arrears_reminder.c
    newest = sa.select(arrears_reminder).where(c.member_id == member_id, c.county_id == work.caller.county_id)
    rows = work.db.execute(newest.order_by(c.asked_at.desc(), c.reminder_id.desc()).limit(m.MAX_REMINDERS)).all()
    offices = office_names(work, [row.asked_by_path for row in rows])
    return [
        m.ArrearsReminderView(
            id=row.reminder_id,
            day=row.day,
            state=m.ReminderState(row.state),
            told_at=row.told_at,
            owed_months=row.owed_months,
            owed_fen=row.owed_fen,
            wechat=WechatOutcome(row.wechat) if row.wechat else None,
            asked_by=offices.get(row.asked_by_path, row.asked_by_role),
        )
        for row in rows
    ]


def office_names(work: Work, paths: Sequence[str]) -> dict[str, str]:
    """The organisations whose office somebody held, by path."""
    known = sorted({path for path in paths if path})
    if not known:
        return {}
    c = organisation.c
    as_text = sa.cast(c.path, sa.Text)
    named = sa.select(as_text.label("path"), c.name).where(c.county_id == work.caller.county_id, as_text.in_(known))
    return {row.path: row.name for row in work.db.execute(named)}
