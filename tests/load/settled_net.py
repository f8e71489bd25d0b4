"""What the net beneath settled months costs the hot way: PostgreSQL's own account of the trigger that looks at new postings.

``python -m tests.load.settled_net``: a line for each size of a batch. The plan's own clock is read, so that what else runs on the
machine matters little; the least of many tries is what the work itself takes.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from typing import NamedTuple

import orjson
import sqlalchemy as sa

from tests.integration.dues import database

BATCHES = (1, 50, 500)
"""Postings of one statement: a payment alone, a quiet moment, the most that settling takes at once."""
TRIES = 60
MONTHS = 60
NET = "posting_in_open_month"
_MONTHS = """INSERT INTO dues_month SELECT 'yanting', 202001 + (n / 12) * 100 + n % 12, 'settled', now()
    FROM generate_series(0, :months) AS n"""
_POSTINGS = """EXPLAIN (ANALYZE, FORMAT JSON)
    INSERT INTO posting (posting_id, county_id, entry, debit_kind, debit_owner, credit_kind,
    credit_owner, amount_fen, booked_month, booked_at)
    SELECT gen_random_uuid(), 'yanting', 'dues_paid', 'provider_clearing', gen_random_uuid(), 'branch_dues_income',
        gen_random_uuid(), 20, 202612, now() FROM generate_series(1, :postings)"""


class Cost(NamedTuple):
    """Milliseconds of one statement: as a whole, and the net's share."""

    whole_ms: float
    net_ms: float


def costs(url: str, postings: int) -> Iterator[Cost]:
    """Of one batch, again and again; nothing of it stays."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg2"))
    with engine.connect() as db:
        for _ in range(TRIES):
            plan = db.scalar(sa.text(_POSTINGS), {"postings": postings})
            told = (orjson.loads(plan) if isinstance(plan, str) else plan)[0]
            net = next(each["Time"] for each in told["Triggers"] if each["Trigger Name"] == NET)
            yield Cost(told["Execution Time"], net)
            db.rollback()
    engine.dispose()


def main() -> int:
    with database.server() as address, database.template(address) as name, database.copy(address, name) as url:
        engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg2"))
        with engine.begin() as db:
            db.execute(sa.text(_MONTHS), {"months": MONTHS})
        engine.dispose()
        for postings in BATCHES:
            found = list(costs(url, postings))
            least, usual = min(one.net_ms for one in found), statistics.median(one.net_ms for one in found)
            whole = statistics.median(one.whole_ms for one in found)
            print(f"{postings:>4} postings: net {least:.3f} ms at least, {usual:.3f} ms usually, of {whole:.3f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
