"""The delayed list: who may pay a month later, put there by his branch with a reason and taken off again (BOOK-1, PAY-2).

It lets the branch report; it takes nothing off what is owed, and a month on it is paid like any other. A month that nobody has
assessed is not delayed but assessed: once it is settled nobody could set its amount any more.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import new_id, parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.dues import messages as m
from services.contracts.dues.errors import DelayRefused
from services.contracts.errors import NotFound
from services.contracts.values import OrgPath, YearMonth
from services.dues.acting import acted, find_place, office_names, reached_place
from services.dues.domain.month_report import Stage
from services.dues.monthly.reporting import lock_month
from services.dues.owed import held_line, state_of
from services.dues.standings import read_members
from services.dues.storage.month_tables import delay, month_closed, standing_delay
from services.dues.storage.tables import member, obligation, of_branch_beneath


def delay_month(work: Work, request: m.DelayMonth) -> m.DelayView:
    """Puts a member's month on the list. By the branch that the month is owed to, wherever the member stands today."""
    o = obligation.c
    mine = sa.and_(o.member_id == request.member_id, o.month == request.month.number)
    found = work.db.execute(sa.select(o.branch_id, o.billed_in).where(mine, sa.not_(o.ahead))).one_or_none()
    if found is None:
        row = read_members(work, [request.member_id]).get(request.member_id)
        require_reach(work.caller, row and OrgPath(row.branch_path), Role.BRANCH_ADMIN)
        raise DelayRefused(reason="not_owed")
    path = _reached_branch(work, found.branch_id)
    billed_in = YearMonth.from_number(found.billed_in)
    _check_open(work, found.branch_id, billed_in)
    owed = work.db.execute(sa.select(obligation).where(mine).with_for_update(key_share=True)).one()
    if owed.amount_fen is None:
        raise DelayRefused(reason="month_unassessed")
    if owed.paid_fen >= owed.amount_fen:
        raise DelayRefused(reason="month_paid")
    if work.db.scalar(sa.select(standing_delay(o.member_id, o.month)).where(mine)):
        raise DelayRefused(reason="already_delayed")
    row = {
        "delay_id": new_id(),
        "county_id": work.caller.county_id,
        "member_id": request.member_id,
        "month": request.month.number,
        "branch_id": owed.branch_id,
        "billed_in": owed.billed_in,
        "reason": request.reason,
        "put_at": work.now,
    }
    work.db.execute(sa.insert(delay).values(row | acted(work, path, "put")))
    _note(work, "dues.month_delayed", row["delay_id"], path, request.member_id)
    return _views(work, delay.c.delay_id == row["delay_id"])[0]


def _reached_branch(work: Work, branch_id: str) -> OrgPath:
    place = find_place(work, branch_id)
    return require_reach(work.caller, None if place is None else place.path, Role.BRANCH_ADMIN)


def _check_open(work: Work, branch_id: str, billed_in: YearMonth) -> None:
    """A list that a report rests on stays as it is, until the report is sent back."""
    stage = lock_month(work, billed_in)
    closed = month_closed(
        sa.literal(work.caller.county_id), sa.cast(branch_id, obligation.c.branch_id.type), sa.literal(billed_in.number)
    )
    if stage is not Stage.OPEN or work.db.scalar(sa.select(closed)):
        raise DelayRefused(reason="month_closed")


def end_delay(work: Work, request: m.EndDelay) -> m.DelayView:
    """Takes a month off the list again."""
    row = work.db.execute(
        sa.select(delay).where(delay.c.delay_id == request.id, delay.c.county_id == work.caller.county_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    path = _reached_branch(work, row.branch_id)
    _check_open(work, row.branch_id, YearMonth.from_number(row.billed_in))
    ended = sa.update(delay).values(ended_by=work.caller.account_id, ended_why="taken_off", ended_at=work.now)
    standing = sa.and_(delay.c.delay_id == request.id, delay.c.ended_at.is_(None))
    if work.db.execute(ended.where(standing)).rowcount == 0:
        raise DelayRefused(reason="delay_ended")
    _note(work, "dues.delay_ended", request.id, path, row.member_id)
    return _views(work, delay.c.delay_id == request.id)[0]


def _note(work: Work, action: str, delay_id: str, path: OrgPath, member_id: str) -> None:
    work.audit(action, "delay", delay_id, path=path, about_member_id=member_id)


def list_delays(work: Work, request: m.ListDelays) -> m.DelayPage:
    """Who stands on the list of a month's collection, beneath an organisation."""
    place = reached_place(work, request.org_id)
    after = key_of(request.cursor, parse_id)
    chosen = sa.and_(
        delay.c.billed_in == request.month.number,
        delay.c.ended_at.is_(None),
        of_branch_beneath(delay.c.branch_id, place.path),
        sa.true() if after is None else delay.c.delay_id > after[0],
    )
    rows, following = cut(_views(work, chosen, request.limit + 1), request.limit, lambda one: (one.id,))
    return m.DelayPage(items=tuple(rows), next_cursor=following)


def _views(work: Work, chosen: sa.ColumnElement[bool], limit: int = 1) -> list[m.DelayView]:
    o, d = obligation.c, delay.c
    statement = (
        sa.select(delay, member.c.name, o.amount_fen, o.paid_fen, held_line(o.member_id, o.month).label("held"))
        .join(obligation, sa.and_(o.member_id == d.member_id, o.month == d.month))
        .join(member, member.c.member_id == d.member_id)
        .where(chosen, d.county_id == work.caller.county_id)
        .order_by(d.delay_id)
        .limit(limit)
    )
    rows = work.db.execute(statement).all()
    offices = office_names(work, [row.put_by_path for row in rows])
    return [_view(row, offices) for row in rows]


def _view(row: Any, offices: dict[str | None, str]) -> m.DelayView:
    delayed = row.ended_at is None
    return m.DelayView(
        id=row.delay_id,
        member_id=row.member_id,
        name=row.name,
        month=YearMonth.from_number(row.month),
        billed_in=YearMonth.from_number(row.billed_in),
        state=state_of(row.amount_fen, row.paid_fen, ahead=False, held=row.held, delayed=delayed),
        missing_fen=(row.amount_fen or 0) - row.paid_fen,
        reason=row.reason,
        by=offices.get(row.put_by_path, ""),
        at=row.put_at,
        ended_at=row.ended_at,
    )
