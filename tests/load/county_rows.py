"""A county as rows in the dues database, for measurements: organisations, members and the months that they owe."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from services.chassis.clock import shanghai
from services.contracts.values import YearMonth

MEMBERS, BRANCHES, MONTHS = 27_385, 1_500, 5
"""Yanting's, and the months that are open: the running one and the four before it."""
MONTH_FEN = 20
_ORG = "'00000000-0000-7000-9000-'"
_MEMBER = "'00000000-0000-7000-8000-'"
_ROWS = """
INSERT INTO organisation
SELECT '00000000-0000-7000-a000-000000000000', :county, NULL, 'yt', '测试县委', 'county_committee', 'yt', 1;
INSERT INTO organisation
SELECT ({org} || lpad(to_hex(n), 12, '0'))::uuid, :county, '00000000-0000-7000-a000-000000000000', 'b' || n, '第' || n || '支部',
       'branch', ('yt.b' || n)::ltree, 1 FROM generate_series(0, {branches} - 1) AS n;
INSERT INTO member
SELECT ({member} || lpad(to_hex(n), 12, '0'))::uuid, :county, '党员' || n, '',
       ({org} || lpad(to_hex(n % {branches}), 12, '0'))::uuid,
       ('yt.b' || n % {branches})::ltree, 'farmer', 'full', '2010-05-04',
       jsonb_build_array(jsonb_build_object('branch_id', {org} || lpad(to_hex(n % {branches}), 12, '0'),
           'branch_path', 'yt.b' || n % {branches}, 'from_day', '2010-05-04', 'to_day', NULL)),
       '[{{"member_class": "farmer", "from_day": "2010-05-04", "to_day": null}}]',
       '[{{"status": "full", "from_day": "2010-05-04", "to_day": null}}]', 1
FROM generate_series(0, {members} - 1) AS n;
INSERT INTO dues_month SELECT :county, month, 'open', now() FROM unnest(:months) AS month;
INSERT INTO obligation
SELECT member_id, month, county_id, branch_id, branch_path, 'farmer', {fen}, 0, 'flat', NULL, month, false
FROM unnest(:months) AS month, member;
"""
_USED = (
    "TRUNCATE request, outbox, payment_notice, orders, order_line, provider_payment, receipt, receipt_counter, refund"
)


def member_id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def open_months() -> list[YearMonth]:
    """The oldest first."""
    now = YearMonth.of(shanghai(datetime.now(UTC)).date())
    return [now.plus(step) for step in range(1 - MONTHS, 1)]


def fill(url: str, county: str) -> None:
    """Puts the county into an empty dues database."""
    months = "ARRAY[" + ", ".join(str(month.number) for month in open_months()) + "]"
    text = _ROWS.format(org=_ORG, member=_MEMBER, branches=BRANCHES, members=MEMBERS, fen=MONTH_FEN)
    run(url, text.replace(":county", f"'{county}'").replace(":months", months))
    tidy(url)


def forget_orders(url: str) -> None:
    """Back to months that nobody has paid, for the next round."""
    kept = ("posting", "spending")  # the one hangs on the other; both only grow
    off, on = ("".join(f"ALTER TABLE {table} {how} TRIGGER USER; " for table in kept) for how in ("DISABLE", "ENABLE"))
    run(url, f"{off}{_USED}, posting, spending CASCADE; {on}")
    run(url, "UPDATE obligation SET paid_fen = 0 WHERE paid_fen > 0")
    tidy(url)


def tidy(url: str) -> None:
    """As autovacuum would, now: so that no round finds it at work, or the planner without figures.

    It comes to no table without rows: figures that call one empty would stay with plans made before the next round fills it.
    """
    filled = "SELECT relname FROM pg_stat_user_tables WHERE pg_relation_size(relid) > 0 ORDER BY relname"
    names = ", ".join(f'"{name}"' for (name,) in ask(url, filled))
    run(url, f"VACUUM ANALYZE {names}")
    run(url, "CHECKPOINT")


def ask(url: str, text: str) -> list[Any]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(text)
        return list(cursor.fetchall())


def run(url: str, text: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(text)
