"""Keeps a member's account in step with his months: what he owes, since when, on which step (ARR-1; docs/decisions/0016).

Accounts are worked out from obligations and reasons by ``domain.arrears`` and hold nothing of their own, so they may be thrown
away. Obligations say by trigger whose account they touch; this room takes those up in batches, and those that a day has changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.clock import SHANGHAI, utc
from services.chassis.core import Desk
from services.chassis.work import Work
from services.contracts.members.messages import MemberStatus
from services.contracts.values import YearMonth
from services.dues.domain.arrears import DuesMonth, Reason, Standing, standing_of
from services.dues.storage.arrears import account_touched, arrears_reason, member_account
from services.dues.storage.month_tables import delay
from services.dues.storage.tables import member, obligation

BATCH = 500
"""Members worked out at a time: some tens of milliseconds, so that other jobs get their turn in between."""
MAX_BATCHES = 100
"""Of one round; the next one goes on. A month opened for 27,385 members is taken up in one round."""
MAX_REASONS = 20
"""Of one member that are read: those recorded last."""
_ACCOUNTS_LOCK = 7_240_008
"""Advisory lock: one transaction at a time works accounts out, so that no older figure overwrites a newer one."""
_IN_CARE = frozenset({MemberStatus.FULL.value, MemberStatus.PROBATIONARY.value})
_FIGURES = ("branch_id", "owed_fen", "owed_months", "unpaid_run", "unexcused_run", "since_month", "step", "changes_on")


def keep_accounts(desk: Desk) -> int:
    """The job: works out what waits, batch by batch; how many accounts."""
    done = 0
    for _ in range(MAX_BATCHES):
        worked_out: int = desk.run(work_out_next, None)
        done += worked_out
        if worked_out == 0:
            break
    return done


def work_out_next(work: Work, _: None) -> int:
    """One batch; 0 when nothing waits, or when another process is at it."""
    if not work.db.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_ACCOUNTS_LOCK))):
        return 0
    chosen = _take_touched(work)
    chosen += _changed_by_the_day(work, BATCH - len(chosen))
    work_out(work, chosen)
    return len(chosen)


def touch(work: Work, member_ids: Iterable[str]) -> None:
    """Puts members among those whose accounts wait, for what no obligation tells: a reason."""
    rows = [{"county_id": work.caller.county_id, "member_id": member_id} for member_id in member_ids]
    if rows:
        work.db.execute(sa.insert(account_touched), rows)


def _take_touched(work: Work) -> list[str]:
    """Whoever is touched again after this stands there anew, with a change that this transaction may not see yet."""
    c = account_touched.c
    next_ones = sa.select(c.touch_id).order_by(c.touch_id).limit(BATCH)
    taken = sa.delete(account_touched).where(c.touch_id.in_(next_ones)).returning(c.member_id)
    return sorted(set(work.db.scalars(taken)))


def _changed_by_the_day(work: Work, room: int) -> list[str]:
    if room <= 0:
        return []
    c = member_account.c
    changed = sa.select(c.member_id).where(c.county_id == work.caller.county_id, c.changes_on <= work.today)
    return list(work.db.scalars(changed.limit(room)))


def work_out(work: Work, member_ids: Sequence[str]) -> None:
    """Works these members' accounts out anew, with four statements however many they are."""
    if not member_ids:
        return
    standings = read_standings(work, member_ids)
    rows = [_row(work, row, standings[row.member_id]) for row in _members(work, member_ids)]
    if not rows:
        return
    names = list(rows[0])
    arrays = [sa.cast([row[name] for row in rows], pg.ARRAY(member_account.c[name].type)) for name in names]
    new = sa.func.unnest(*arrays).table_valued(*names, name="new").render_derived()
    statement = pg.insert(member_account).from_select(names, sa.select(*(new.c[name] for name in names)))
    given: dict[str, Any] = {name: statement.excluded[name] for name in (*_FIGURES, "as_of", "worked_out_at")}
    given["version"] = member_account.c.version + 1
    differs = sa.tuple_(*(member_account.c[name] for name in _FIGURES)).is_distinct_from(
        sa.tuple_(*(statement.excluded[name] for name in _FIGURES))
    )
    work.db.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=given, where=differs))


def read_standings(work: Work, member_ids: Sequence[str]) -> dict[str, Standing]:
    """How these members stand now, from their months and reasons."""
    months = _unpaid_months(work, member_ids)
    reasons = read_reasons(work, member_ids)
    return {
        row.member_id: standing_of(
            months.get(row.member_id, ()),
            work.today,
            reasons.get(row.member_id, ()),
            in_care=row.status in _IN_CARE,
        )
        for row in _members(work, member_ids)
    }


def _members(work: Work, member_ids: Sequence[str]) -> Sequence[Any]:
    """In the order of ids, so that two who write accounts lock them in one order."""
    c = member.c
    known = sa.select(c.member_id, c.branch_id, c.status).where(
        c.county_id == work.caller.county_id, c.member_id.in_(member_ids)
    )
    return work.db.execute(known.order_by(c.member_id)).all()


def _unpaid_months(work: Work, member_ids: Sequence[str]) -> dict[str, list[DuesMonth]]:
    """Months that are not paid whole, and the running one. A paid month ends a run as an absent one does, so it is not read."""
    c, d = obligation.c, delay.c
    wanted = sa.or_(c.amount_fen.is_(None), c.paid_fen < c.amount_fen, c.month == work.month.number)
    stands = sa.and_(d.member_id == c.member_id, d.month == c.month, d.ended_at.is_(None))
    statement = (
        sa.select(c.member_id, c.month, c.amount_fen, c.paid_fen, c.ahead, d.delay_id.is_not(None).label("delayed"))
        .outerjoin(delay, stands)
        .where(c.member_id.in_(member_ids), wanted)
    )
    found: dict[str, list[DuesMonth]] = {}
    for row in work.db.execute(statement):
        one = DuesMonth(YearMonth.from_number(row.month), row.amount_fen, row.paid_fen, row.ahead, row.delayed)
        found.setdefault(row.member_id, []).append(one)
    return found


def read_reasons(work: Work, member_ids: Sequence[str]) -> dict[str, list[Reason]]:
    """The reasons on record that nobody has removed (ARR-3)."""
    c = arrears_reason.c
    newest = sa.func.row_number().over(partition_by=c.member_id, order_by=c.recorded_at.desc()).label("place")
    ranked = (
        sa.select(c.member_id, c.first_day, c.last_day, newest)
        .where(c.member_id.in_(member_ids), c.removed_at.is_(None))
        .subquery()
    )
    found: dict[str, list[Reason]] = {}
    for row in work.db.execute(sa.select(ranked).where(ranked.c.place <= MAX_REASONS)):
        found.setdefault(row.member_id, []).append(Reason(row.first_day, row.last_day))
    return found


def _row(work: Work, row: Any, standing: Standing) -> dict[str, Any]:
    return {
        "member_id": row.member_id,
        "county_id": work.caller.county_id,
        "branch_id": row.branch_id,
        "owed_fen": standing.owed_fen,
        "owed_months": standing.owed_months,
        "unpaid_run": standing.unpaid_run,
        "unexcused_run": standing.unexcused_run,
        "since_month": standing.since.number if standing.since else None,
        "step": standing.step.value,
        "as_of": work.month.number,
        "changes_on": standing.changes_on,
        "version": 1,
        "worked_out_at": work.now,
    }


@dataclasses.dataclass(frozen=True, slots=True)
class Freshness:
    """Up to which instant everything is in the accounts."""

    as_of: datetime
    waiting: bool


def freshness(work: Work) -> Freshness:
    """What waits says how old the figures are. Instants of the database are real ones, so only the age of what waits is read."""
    t, c = account_touched.c, member_account.c
    oldest = sa.select(t.touched_at).order_by(t.touch_id).limit(1).scalar_subquery()
    changed = sa.select(sa.func.min(c.changes_on)).where(
        c.county_id == work.caller.county_id, c.changes_on <= work.today
    )
    row = work.db.execute(
        sa.select((sa.func.clock_timestamp() - oldest).label("age"), changed.scalar_subquery().label("changed_on"))
    ).one()
    as_of = work.now
    if row.age is not None:
        as_of -= max(row.age, timedelta(0))
    if row.changed_on is not None:
        as_of = min(as_of, _begin_of(row.changed_on))
    return Freshness(as_of, row.age is not None or row.changed_on is not None)


def _begin_of(day: date) -> datetime:
    return utc(datetime.combine(day, time(), SHANGHAI))
