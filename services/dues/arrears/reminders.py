"""Reminding members of what they owe: who is told, who is left in peace and why (in the spirit of LRN-3).

One tap asks for one member or for a branch's ladder. The limits of ``domain.reminding`` hold for a member whoever reminds: his
account's row is locked while they are looked at, and the database holds the week as well. Telling is the job's: it looks again at
what is owed now, keeps the quiet hours, and tells an event; the members service brings it to the inbox and to WeChat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.audit import Trace, office
from services.chassis.clock import shanghai, utc
from services.chassis.core import Desk
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues import ARREARS_REMINDED
from services.contracts.dues import messages as m
from services.contracts.dues.errors import ArrearsOfBranchOnly
from services.contracts.members.messages import OrgKind, ReminderCarried
from services.contracts.values import OrgPath, YearMonth
from services.dues.arrears import ladder
from services.dues.arrears.accounts import read_reasons, read_standings
from services.dues.domain.arrears import Step
from services.dues.domain.reminding import Refusal, refuse_reminder, told_at
from services.dues.storage.arrears import arrears_reminder, member_account
from services.dues.storage.tables import obligation

TOLD_WITHIN = timedelta(days=1)
"""What a job that stood still did not tell by then is dropped: the branch may ask again."""
TELL_BATCH = 100
MAX_TELL_BATCHES = 20
"""Of one round, at most 2,000 in two seconds: a morning's messages of a county go out within a minute."""


def remind_arrears(work: Work, request: m.RemindArrears) -> m.RemindResult:
    """Asks for a reminder to these members of a branch, or to everybody on its ladder. Asked twice within the week, the second
    time reminds nobody."""
    branch = ladder.reached_organisation(work, request.org_id)
    if branch.kind != OrgKind.BRANCH.value:
        raise ArrearsOfBranchOnly
    when = told_at(shanghai(work.now))
    people = _locked(work, branch.org_id, request.member_ids)
    names = ladder.names_of(work, [row.member_id for row in people])
    refusals = _refusals(work, people, when.date())
    chosen = [row for row in people if row.member_id not in refusals]
    _ask(work, branch, chosen, when)
    return m.RemindResult(
        reminded=tuple(m.RemindedMember(member_id=row.member_id, name=names[row.member_id][0]) for row in chosen),
        told_at=utc(when),
        not_reminded=tuple(
            m.MemberNotReminded(
                member_id=row.member_id,
                name=names[row.member_id][0],
                why=m.NotReminded(refusals[row.member_id].why.value),
                again_on=refusals[row.member_id].again_on,
            )
            for row in people
            if row.member_id in refusals
        ),
    )


def _locked(work: Work, branch_id: str, member_ids: Sequence[str]) -> Sequence[Any]:
    """The accounts, each held until this transaction ends, so that two who remind at once look one after the other. Who is not
    of this branch is not there."""
    c = member_account.c
    wanted = sa.select(c.member_id, c.owed_fen).where(c.county_id == work.caller.county_id, c.branch_id == branch_id)
    wanted = wanted.where(c.member_id.in_(member_ids) if member_ids else c.step != Step.NONE.value)
    return work.db.execute(wanted.order_by(c.member_id).limit(m.MAX_REMINDED).with_for_update()).all()


def _refusals(work: Work, people: Sequence[Any], day: date) -> dict[str, Refusal]:
    ids = [row.member_id for row in people]
    standings, reasons = read_standings(work, ids), read_reasons(work, ids)
    earlier = ladder.reminder_days(work, ids)
    found = {}
    for member_id in ids:
        standing = standings[member_id]
        excused = any(each.holds_on(work.today) or each.holds_on(day) for each in reasons.get(member_id, ()))
        owed_fen = standing.owed_fen if standing.step is not Step.NONE else 0
        refusal = refuse_reminder(owed_fen, excused=excused, day=day, earlier=earlier.get(member_id, ()))
        if refusal is not None:
            found[member_id] = refusal
    return found


def _ask(work: Work, branch: Any, people: Sequence[Any], when: datetime) -> None:
    path = OrgPath(branch.path)
    role, role_path = office(work.caller, path)
    rows = [
        {
            "reminder_id": new_id(),
            "county_id": work.caller.county_id,
            "member_id": row.member_id,
            "branch_id": branch.org_id,
            "day": when.date(),
            "due_at": utc(when),
            "asked_by_account": work.caller.account_id,
            "asked_by_role": str(role),
            "asked_by_path": role_path,
            "asked_at": work.now,
            "state": m.ReminderState.WAITING.value,
        }
        for row in people
    ]
    if rows:
        work.db.execute(sa.insert(arrears_reminder), rows)
    work.audit_many(
        Trace("dues.reminded", "arrears_reminder", row["reminder_id"], path, row["member_id"]) for row in rows
    )


# Telling


def tell_reminders(desk: Desk) -> int:
    """The job: tells what is due; how many were looked at. At night it tells nothing."""
    looked_at = 0
    for _ in range(MAX_TELL_BATCHES):
        batch: int = desk.run(tell_due, None)
        looked_at += batch
        if batch < TELL_BATCH:
            break
    return looked_at


def tell_due(work: Work, _: None) -> int:
    """One batch of those that are due. Who has paid meanwhile, or has a reason now, is left in peace, and what
    is a day late is not told at all."""
    local = shanghai(work.now)
    if told_at(local) != local:
        return 0
    c = arrears_reminder.c
    due = sa.select(c.reminder_id, c.member_id, c.due_at).where(
        c.state == m.ReminderState.WAITING.value, c.due_at <= work.now, c.county_id == work.caller.county_id
    )
    rows = work.db.execute(due.order_by(c.due_at).limit(TELL_BATCH).with_for_update(skip_locked=True)).all()
    ids = [row.member_id for row in rows]
    standings, reasons, months = read_standings(work, ids), read_reasons(work, ids), owed_months(work, ids)
    told = []
    for row in rows:
        standing = standings[row.member_id]
        excused = any(each.holds_on(work.today) for each in reasons.get(row.member_id, ()))
        if excused or standing.step is Step.NONE or work.now - row.due_at > TOLD_WITHIN:
            _note(work, row.reminder_id, state=m.ReminderState.DROPPED.value)
            continue
        owed = [month for month, _ in months[row.member_id]][-m.MAX_TOLD_MONTHS :]
        told.append(
            m.ArrearsReminded(
                reminder_id=row.reminder_id,
                member_id=row.member_id,
                months=tuple(owed),
                owed_months=standing.owed_months,
                owed_fen=standing.owed_fen,
            )
        )
    _tell(work, told)
    return len(rows)


def _tell(work: Work, told: Sequence[m.ArrearsReminded]) -> None:
    for each in told:
        figures = {"owed_fen": each.owed_fen, "owed_months": each.owed_months}
        # The day of telling counts for the limits, also when a job that stood still tells a day later than meant.
        _note(work, each.reminder_id, state=m.ReminderState.TOLD.value, told_at=work.now, day=work.today, **figures)
    work.tell_many(ARREARS_REMINDED, [(each.member_id, each) for each in told])


def owed_months(work: Work, member_ids: Sequence[str]) -> dict[str, list[tuple[YearMonth, int]]]:
    """The late months of each with what is missing of them, the oldest first (ARR-4: at their own year's amount)."""
    c = obligation.c
    late = sa.select(c.member_id, c.month, (c.amount_fen - c.paid_fen).label("missing_fen")).where(
        c.member_id.in_(member_ids), c.month < work.month.number, sa.not_(c.ahead), c.paid_fen < c.amount_fen
    )
    found: dict[str, list[tuple[YearMonth, int]]] = {member_id: [] for member_id in member_ids}
    for row in work.db.execute(late.order_by(c.month)):
        found[row.member_id].append((YearMonth.from_number(row.month), row.missing_fen))
    return found


def note_carried(work: Work, event: ReminderCarried) -> None:
    """What the members service tells of the WeChat message. The first word stays."""
    c = arrears_reminder.c
    mine = sa.update(arrears_reminder).where(c.reminder_id == event.reminder_id, c.wechat.is_(None))
    work.db.execute(mine.values(wechat=event.wechat.value))


def _note(work: Work, reminder_id: str, **changes: object) -> None:
    work.db.execute(sa.update(arrears_reminder).where(arrears_reminder.c.reminder_id == reminder_id).values(**changes))
