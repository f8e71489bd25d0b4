"""Keeping the totals: folding postings in batches, comparing with the ledger at night, rebuilding (docs/decisions/0015).

Payments never wait for this and never touch a total. Comparing and rebuilding wait for each other; folding lets them go first.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis import metrics
from services.chassis.clock import shanghai
from services.chassis.core import Desk
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.dues.storage.totals import totals_check, totals_difference
from services.dues.totals import statements

FOLD_BATCH = 5_000
"""Postings of one transaction: about 0.1 s of work."""
STALE_BATCH = 5_000
MAX_BATCHES = 40
"""Of one run of the job; what is left waits for the next run, two seconds later."""
NIGHT_FROM_H, NIGHT_TO_H = 1, 5
"""When nobody pays, in Asia/Shanghai: the comparison reads the whole ledger."""
MAX_DIFFERENCES = 1_000
"""Differences that are listed; all are counted. More than a few mean that the totals are to be rebuilt, not read."""
REBUILD_TIMEOUT_S = 25
"""The command itself may take 30 s; a million postings take some ten."""
WAIT_FOR_OTHERS_S = 10
"""For a batch of the fold that is under way, or for a comparison; a whole rebuilding is not waited for."""
_KEY = "hashtextextended('dues.totals/' || :county, 0)"


def _wait_for_others(work: Work) -> None:
    """One at a time: until the end of this transaction. The next statement sees what the one before has committed."""
    work.db.execute(sa.text(f"SET LOCAL lock_timeout = '{WAIT_FOR_OTHERS_S}s'"))
    work.db.execute(sa.text(f"SELECT pg_advisory_xact_lock({_KEY})"), {"county": work.caller.county_id})


def _is_free(work: Work) -> bool:
    """Whether nobody else is at the totals; then nobody is until the end of this transaction."""
    return bool(work.db.scalar(sa.text(f"SELECT pg_try_advisory_xact_lock({_KEY})"), {"county": work.caller.county_id}))


def fold(work: Work, _: None) -> int:
    """Folds one batch of postings and adds up one batch of months; how many entries of the queues that were. None while
    somebody else is at the totals: what waits, waits two seconds more."""
    if not _is_free(work):
        return 0
    county = work.caller.county_id
    taken = work.db.execute(sa.text(statements.FOLD), {"county": county, "most": FOLD_BATCH}).one()[0]
    return int(taken) + _add_up(work)


def _add_up(work: Work) -> int:
    county = work.caller.county_id
    stale = work.db.execute(sa.text(statements.TAKE_STALE), {"county": county, "most": STALE_BATCH}).all()
    if stale:
        pairs = sorted({(row.branch_id, row.month) for row in stale})
        given: dict[str, Any] = {
            "branches": [branch for branch, _ in pairs],
            "months": [month for _, month in pairs],
            "county": county,
        }
        work.db.execute(sa.text(statements.ADD_UP), given)
    return len(stale)


def fold_new_postings(desk: Desk) -> int:
    """The job: batch by batch, each a transaction of its own, until the queues are empty. How many entries were done."""
    done = 0
    for _ in range(MAX_BATCHES):
        folded = desk.run(fold, None)
        if folded == 0:
            break
        done += folded
    return done


def compare(work: Work, _: None) -> int:
    """Compares every total with the ledger and keeps what differs; how many do."""
    _wait_for_others(work)
    county, now = work.caller.county_id, work.now
    found = work.db.execute(sa.text(statements.COMPARE), {"county": county}).all()
    work.db.execute(sa.delete(totals_difference).where(totals_difference.c.county_id == county))
    rows = [
        {**row._asdict(), "difference_id": new_id(), "county_id": county, "found_at": now}
        for row in found[:MAX_DIFFERENCES]
    ]
    if rows:
        work.db.execute(sa.insert(totals_difference), rows)
    checked = pg.insert(totals_check).values(county_id=county, day=work.today, checked_at=now, differences=len(found))
    kept = {"checked_at": checked.excluded.checked_at, "differences": checked.excluded.differences}
    work.db.execute(checked.on_conflict_do_update(index_elements=["county_id", "day"], set_=kept))
    return len(found)


def _last_check(work: Work, _: None) -> tuple[date, int] | None:
    c = totals_check.c
    latest = sa.select(c.day, c.differences).where(c.county_id == work.caller.county_id).order_by(c.day.desc()).limit(1)
    row = work.db.execute(latest).first()
    return None if row is None else (row.day, row.differences)


def compare_at_night(desk: Desk) -> int | None:
    """The job: once a night. Its count is the alarm ``totals_differ``; None when it was not time."""
    now = shanghai(desk.clock.now())
    last = desk.run(_last_check, None)
    if last is not None:
        metrics.TOTALS_DIFFER.labels("dues").set(last[1])
    if not NIGHT_FROM_H <= now.hour < NIGHT_TO_H or (last is not None and last[0] == now.date()):
        return None
    differences = desk.run(compare, None)
    metrics.TOTALS_DIFFER.labels("dues").set(differences)
    return differences


def rebuild_totals(work: Work, _: Nothing) -> m.TotalsRebuilt:
    """Sets every total right from the ledger and the obligations, and compares once more."""
    _wait_for_others(work)
    work.db.execute(sa.text(f"SET LOCAL statement_timeout = '{REBUILD_TIMEOUT_S}s'"))
    county = work.caller.county_id
    collection, owed = work.db.execute(sa.text(statements.REBUILD), {"county": county}).one()
    for _batch in range(MAX_BATCHES):
        if _add_up(work) == 0:
            break
    work.audit("dues.totals_rebuilt", "totals", county)
    return m.TotalsRebuilt(corrected=int(collection) + int(owed), differences=compare(work, None))
