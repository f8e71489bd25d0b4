"""Days and their bills: which bill is missing, what was brought, and a day matched with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis import failpoints
from services.chassis.clock import SHANGHAI, shanghai, utc
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.values import AttachmentRef
from services.dues.domain import reconciliation as rules
from services.dues.domain.trade_bill import BillRefused, BillTotals, TradeBill
from services.dues.reconciliation import keeping, matching, staging
from services.dues.storage.reconciliation import day_bill, difference, reconciliation
from services.dues.storage.tables import orders


@dataclass(frozen=True, slots=True)
class DueDay:
    day: date
    tries: int


def bill_day(county_id: str, day: date) -> matching.BillDay:
    begins = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return matching.BillDay(county_id, day, utc(begins), utc(begins + timedelta(days=1)))


def missing_days(work: Work, now: datetime) -> list[date]:
    """The days whose bill should have been matched by now and was not, the oldest first. ``now`` is WeChat's time."""
    first = work.db.scalar(sa.select(orders.c.created_at).order_by(orders.c.order_id).limit(1))
    if first is None:
        return []
    expected = rules.days_expected(shanghai(first).date(), rules.last_day_ready(shanghai(now)))
    if not expected:
        return []
    done = sa.select(reconciliation.c.day).where(
        reconciliation.c.county_id == work.caller.county_id,
        reconciliation.c.day >= expected[0],
        reconciliation.c.matched_at.is_not(None),
    )
    return list(rules.missing_days(expected, work.db.scalars(done).all()))


def take_due_days(work: Work, now: datetime) -> list[DueDay]:
    """The days to be asked for now: missing ones, and those that a person wants. Their next try is put off first, so that a crash
    asks again later."""
    county = work.caller.county_id
    for day in missing_days(work, now):
        begun = {"county_id": county, "day": day, "next_try_at": work.now}
        work.db.execute(pg.insert(reconciliation).values(begun).on_conflict_do_nothing())
    waiting = sa.select(day_bill.c.day).where(day_bill.c.county_id == county, day_bill.c.state == "waiting")
    due = work.db.execute(
        sa.select(reconciliation)
        .where(
            reconciliation.c.county_id == county,
            reconciliation.c.next_try_at <= work.now,
            reconciliation.c.tries < rules.MAX_TRIES,
            reconciliation.c.day.not_in(waiting),
        )
        .order_by(reconciliation.c.day)
        .limit(rules.CATCH_UP_DAYS)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        again = {"tries": row.tries + 1, "next_try_at": work.now + rules.try_wait(row.tries)}
        _change(work, row.day, **again)
    return [DueDay(row.day, row.tries) for row in due]


@dataclass(frozen=True, slots=True)
class Failed:
    day: date
    failure: str


def note_failure(work: Work, failed: Failed) -> None:
    _change(work, failed.day, failure=failed.failure[:64])


@dataclass(frozen=True, slots=True)
class Brought:
    """A bill that came. No file: the day has no trade."""

    day: date
    file: AttachmentRef | None
    sha1: str | None = None
    name: str = ""


def keep_bill(work: Work, brought: Brought) -> Any:
    """Puts a bill where the matching finds it."""
    file = brought.file
    account = work.caller.account_id
    row = {
        "bill_id": new_id(),
        "county_id": work.caller.county_id,
        "day": brought.day,
        "source": "provider" if account is None else "upload",
        "state": "waiting",
        "file_key": file.key if file else None,
        "file_sha256": file.sha256 if file else None,
        "file_size_bytes": file.size_bytes if file else None,
        "file_name": brought.name,
        "sha1": brought.sha1,
        "brought_by": account,
        "created_at": work.now,
    }
    first = {"county_id": work.caller.county_id, "day": brought.day}
    work.db.execute(pg.insert(reconciliation).values(first).on_conflict_do_nothing())
    return work.db.execute(sa.insert(day_bill).values(row).returning(day_bill)).one()


def find_waiting(work: Work, _: None) -> Any | None:
    """The bill to be matched next, the oldest first."""
    waiting = sa.select(day_bill).where(day_bill.c.county_id == work.caller.county_id, day_bill.c.state == "waiting")
    return work.db.execute(waiting.order_by(day_bill.c.bill_id).limit(1)).one_or_none()


@dataclass(frozen=True, slots=True)
class BillToMatch:
    """A bill and how to read it from its beginning; ``blocks`` is called once for each try of the transaction."""

    bill: Any
    app_id: str
    merchant_id: str
    blocks: Callable[[], Iterator[bytes]]
    breathe: staging.Breathe


def match_bill(work: Work, to_match: BillToMatch) -> BillTotals:
    """Lays the bill beside the ledger and keeps what differs: all of it, or nothing where the bill is refused.

    Raises BillRefused, after which not a row has changed.
    """
    bill = to_match.bill
    of = bill_day(work.caller.county_id, bill.day)
    reader = TradeBill(bill.day, app_id=to_match.app_id, merchant_id=to_match.merchant_id)
    locked = sa.select(reconciliation.c.day).where(*_of(work, bill.day)).with_for_update()
    work.db.execute(locked).one()
    has_trade = bill.file_sha256 is not None
    chunks = reader.chunks(to_match.blocks()) if has_trade else iter(())
    staging.stage(work.db, chunks, to_match.breathe)
    sums = matching.judge(work.db, of)
    keeping.keep(work.db, of, work.now)
    failpoints.reach("reconciliation.kept")
    totals = reader.totals
    _change(
        work,
        bill.day,
        bill_id=bill.bill_id,
        bill_payments=totals.payments,
        bill_payment_fen=totals.payment_fen,
        bill_refunds=totals.refunds,
        bill_refund_fen=totals.refund_fen,
        ledger_payments=sums.ledger_payments,
        ledger_payment_fen=sums.ledger_payment_fen,
        matched=sums.matched,
        matched_at=work.now,
        next_try_at=None,
        failure="",
        tries=0,
    )
    _finish(work, bill.bill_id, state="matched")
    return totals


@dataclass(frozen=True, slots=True)
class RefusedBill:
    bill: Any
    refused: BillRefused


def note_refused(work: Work, refused: RefusedBill) -> None:
    """The bill is told to be unusable, and why; the day stands as it stood."""
    fault = refused.refused
    _finish(work, refused.bill.bill_id, state="refused", refusal=fault.fault.value, refusal_line=fault.line)
    note_failure(work, Failed(refused.bill.day, fault.fault.value))


@dataclass(frozen=True, slots=True)
class Backlog:
    """What an alarm looks at."""

    missing_days: int
    open_differences: int
    oldest_open_at: datetime | None


def backlog(work: Work, now: datetime) -> Backlog:
    mine = sa.select(sa.func.count(), sa.func.min(difference.c.noticed_at)).where(
        difference.c.county_id == work.caller.county_id, difference.c.state == "open"
    )
    count, oldest = work.db.execute(mine).one()
    return Backlog(len(missing_days(work, now)), int(count), oldest)


def _of(work: Work, day: date) -> tuple[sa.ColumnElement[bool], ...]:
    return reconciliation.c.county_id == work.caller.county_id, reconciliation.c.day == day


def _change(work: Work, day: date, **changes: Any) -> None:
    work.db.execute(sa.update(reconciliation).where(*_of(work, day)).values(**changes))


def _finish(work: Work, bill_id: str, **changes: Any) -> None:
    finished = sa.update(day_bill).where(day_bill.c.bill_id == bill_id, day_bill.c.state == "waiting")
    work.db.execute(finished.values(finished_at=work.now, **changes))
