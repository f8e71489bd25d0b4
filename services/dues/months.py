"""The months of dues: opening one for the whole county, and how each of them stands (BOOK-1, DUE-12).

Who owes what is worked out by ``domain.obligation``; this room reads members chunk by chunk and stores what comes out. What a
branch still has to do in a month is ``worklist``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, CallerKind, Role
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.contracts.dues.errors import MonthNotToOpen
from services.contracts.values import YearMonth
from services.dues.domain.obligation import Owed, obligation_for
from services.dues.domain.profile import RuleProfile
from services.dues.domain.relief import relieve
from services.dues.owed import held_line
from services.dues.profiles import Profiles, read_profiles
from services.dues.reliefs import read_reliefs
from services.dues.standings import read_assessments, standing_of
from services.dues.storage.tables import dues_month, member, obligation, of_branch_beneath

CHUNK = 500
"""Members worked out at a time: some 30 ms, so that other calls of the process get their turn in between."""
MAX_CHUNKS = 2_000
"""A million members; no county comes near."""
MAX_SHOWN_MONTHS = 60
_OF_AMOUNT = ("amount_fen", "basis", "assessment_version", "relief_id", "full_fen")
"""What changes with an amount. Branch and class stay those to which the month was paid."""
FIRST_MONTH_BACK = 12
"""A county that begins on the platform may open up to a year of earlier months, the oldest first."""


def open_month(work: Work, request: m.OpenMonth) -> m.MonthView:
    """Makes each member's obligation for a month. A month that is open already stays as it is."""
    county, month = work.caller.county_id, request.month
    states = _states(work)
    if states.get(month.number, m.MonthState.DRAFT.value) == m.MonthState.DRAFT.value:
        _check_turn(work, month, states)
        if _claim(work, month):
            _fill(work, month, states)
            work.audit("dues.month_opened", "dues_month", f"{county}/{month}")
    return _views(work, only=month)[0]


def list_months(work: Work, _: Nothing) -> m.Months:
    """The months of the county, newest first, with the sums of the subtrees that the caller looks after."""
    return m.Months(items=tuple(_views(work)))


def _states(work: Work) -> dict[int, str]:
    statement = sa.select(dues_month.c.month, dues_month.c.state).where(dues_month.c.county_id == work.caller.county_id)
    return {row.month: row.state for row in work.db.execute(statement)}


def _check_turn(work: Work, month: YearMonth, states: dict[int, str]) -> None:
    """BOOK-1: the current month, or an earlier one that follows an open one; never a month to come."""
    if month > work.month:
        raise MonthNotToOpen(reason="month_in_future", month=str(month), current=str(work.month))
    opened = [YearMonth.from_number(number) for number, state in states.items() if state != m.MonthState.DRAFT.value]
    follows = any(each.months_until(month) == 1 for each in opened)
    beginning = not opened and month.months_until(work.month) <= FIRST_MONTH_BACK
    if month < work.month and not follows and not beginning:
        raise MonthNotToOpen(reason="month_not_following", month=str(month), current=str(work.month))


def _claim(work: Work, month: YearMonth) -> bool:
    """Marks the month open; False when another opening, running beside this one, did."""
    statement = pg.insert(dues_month).values(
        county_id=work.caller.county_id, month=month.number, state=m.MonthState.OPEN.value, opened_at=work.now
    )
    opened = statement.on_conflict_do_update(
        index_elements=["county_id", "month"],
        set_={"state": statement.excluded.state, "opened_at": statement.excluded.opened_at},
        where=dues_month.c.state == m.MonthState.DRAFT.value,
    )
    return work.db.scalar(opened.returning(dues_month.c.month)) is not None


def _fill(work: Work, month: YearMonth, states: dict[int, str]) -> None:
    profiles = read_profiles(work)
    _forget_unpaid_ahead(work, month)
    for rows in _members(work):
        _store(work, _obligations(work, rows, [_Bill(month, month, profiles.at(month), False)]))
    # What was paid ahead by somebody who owes nothing for the month now is a month like the others all the same.
    o = obligation.c
    mine = sa.and_(o.county_id == work.caller.county_id, o.month == month.number, o.ahead)
    work.db.execute(sa.update(obligation).where(mine).values(ahead=False))
    _catch_up(work, month, states, profiles)


@dataclasses.dataclass(frozen=True, slots=True)
class _Bill:
    """One month to work out, and the month in which it is asked for."""

    month: YearMonth
    billed_in: YearMonth
    profile: RuleProfile
    collection_passed: bool


def _forget_unpaid_ahead(work: Work, month: YearMonth) -> None:
    """What somebody thought of paying ahead and did not is worked out anew, by what is known now."""
    o = obligation.c
    mine = sa.and_(o.county_id == work.caller.county_id, o.month == month.number, o.ahead, o.paid_fen == 0)
    work.db.execute(sa.delete(obligation).where(mine, sa.not_(held_line(o.member_id, o.month))))


def _catch_up(work: Work, month: YearMonth, states: dict[int, str], profiles: Profiles) -> None:
    """DUE-12: who was admitted after his month's collection is asked for that month together with this one."""
    back = profiles.at(month).back_limit_months
    earlier = [month.plus(-step) for step in range(back, 0, -1)]
    open_states = {m.MonthState.OPEN.value, m.MonthState.BRANCH_REPORTED.value, m.MonthState.COMMITTEE_REPORTED.value}
    bills = [_Bill(each, month, profiles.at(each), True) for each in earlier if states.get(each.number) in open_states]
    if bills:
        for rows in _members(work, joined_after=bills[0].month.first_day):
            _store(work, _obligations(work, rows, bills))


def _members(work: Work, *, joined_after: date | None = None) -> Iterator[Sequence[Any]]:
    """The county's members in chunks, by id; each chunk is one statement, so memory stays small."""
    c = member.c
    columns = (c.member_id, c.member_class, c.joined_on, c.branches, c.classes, c.statuses)
    statement = sa.select(*columns).where(c.county_id == work.caller.county_id).order_by(c.member_id).limit(CHUNK)
    if joined_after is not None:
        statement = statement.where(c.joined_on > joined_after)
    rows: Sequence[Any] = work.db.execute(statement).all()
    for _ in range(MAX_CHUNKS):
        if not rows:
            return
        yield rows
        if len(rows) < CHUNK:
            return
        rows = work.db.execute(statement.where(c.member_id > rows[-1].member_id)).all()
    raise ValueError(f"a county of more than {CHUNK * MAX_CHUNKS} members")


def _obligations(work: Work, rows: Sequence[Any], bills: Sequence[_Bill]) -> Iterator[dict[str, Any]]:
    member_ids = [row.member_id for row in rows]
    assessments, reliefs = read_assessments(work, member_ids), read_reliefs(work, member_ids)
    for row in rows:
        standing, own = standing_of(row), assessments.get(row.member_id, ())
        for bill in bills:
            owed = obligation_for(bill.month, standing, own, bill.profile, collection_passed=bill.collection_passed)
            if isinstance(owed, Owed):
                held = standing.class_on(max(bill.month.first_day, row.joined_on))
                relieved = relieve(bill.month, owed.amount_fen, reliefs.get(row.member_id, ()))
                yield {
                    "member_id": row.member_id,
                    "month": bill.month.number,
                    "county_id": work.caller.county_id,
                    "branch_id": owed.branch_id,
                    "branch_path": owed.branch_path,
                    "member_class": row.member_class if held is None else held.value,
                    "amount_fen": relieved.amount_fen,
                    "paid_fen": 0,
                    "basis": owed.basis.value,
                    "assessment_version": owed.assessment_version,
                    "billed_in": max(owed.billed_in, bill.billed_in).number,
                    "ahead": False,
                    "relief_id": relieved.relief_id,
                    "full_fen": relieved.full_fen,
                }


def _store(work: Work, obligations: Iterable[dict[str, Any]]) -> None:
    """One statement for a chunk. A month that was paid ahead keeps what was paid and becomes a month like the others; where it
    has risen since, the difference is owed (PAY-4). Where it has fallen, what was paid stays: giving back is a refund."""
    rows = list(obligations)
    if rows:
        # Columns travel as arrays: one statement for the chunk, where rows one by one would take five times as long.
        columns = [obligation.c[name] for name in rows[0]]
        arrays = [sa.cast([row[column.name] for row in rows], pg.ARRAY(column.type)) for column in columns]
        names = [column.name for column in columns]
        new = sa.func.unnest(*arrays).table_valued(*names, name="new").render_derived()
        statement = pg.insert(obligation).from_select(names, sa.select(*(new.c[name] for name in names)))
        rises = statement.excluded.amount_fen > obligation.c.amount_fen
        given: dict[str, Any] = {
            name: sa.case((rises, statement.excluded[name]), else_=obligation.c[name]) for name in _OF_AMOUNT
        }
        given["ahead"] = False
        work.db.execute(
            statement.on_conflict_do_update(index_elements=["member_id", "month"], set_=given, where=obligation.c.ahead)
        )


def _views(work: Work, only: YearMonth | None = None) -> list[m.MonthView]:
    """Months with their sums, worked out from the obligations in one statement."""
    c, o = dues_month.c, obligation.c
    sums = (
        sa.select(
            o.month,
            sa.func.count().label("obligations"),
            sa.func.count().filter(o.amount_fen.is_(None)).label("unassessed"),
            sa.cast(sa.func.coalesce(sa.func.sum(o.amount_fen), 0), sa.BigInteger).label("owed_fen"),
            sa.cast(sa.func.sum(o.paid_fen), sa.BigInteger).label("paid_fen"),
        )
        .where(o.county_id == work.caller.county_id, sa.not_(o.ahead), _reached(work))
        .group_by(o.month)
    )
    months = sa.select(c.month, c.state, c.opened_at).where(c.county_id == work.caller.county_id)
    if only is not None:
        sums, months = sums.where(o.month == only.number), months.where(c.month == only.number)
    shown = months.order_by(c.month.desc()).limit(MAX_SHOWN_MONTHS)
    by_month = {row.month: row for row in work.db.execute(sums)}
    return [_view(row, by_month.get(row.month)) for row in work.db.execute(shown)]


def _reached(work: Work) -> sa.ColumnElement[bool]:
    """REG-8: sums of the subtrees that the caller looks after, never of others."""
    if work.caller.kind is CallerKind.SYSTEM:
        return sa.true()
    paths = work.caller.paths(*TREE_ADMINISTRATORS, Role.FINANCE)
    return sa.or_(sa.false(), *(of_branch_beneath(obligation.c.branch_id, path) for path in paths))


def _view(row: Any, sums: Any) -> m.MonthView:
    return m.MonthView(
        month=YearMonth.from_number(row.month),
        state=m.MonthState(row.state),
        opened_at=row.opened_at,
        obligations=sums.obligations if sums else 0,
        unassessed=sums.unassessed if sums else 0,
        owed_fen=sums.owed_fen if sums else 0,
        paid_fen=sums.paid_fen if sums else 0,
    )
