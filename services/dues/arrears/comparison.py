"""Compares every account with what obligations and reasons say, worked out a second time and otherwise: by one statement.

The job that keeps accounts asks ``domain.arrears`` member by member; here PostgreSQL counts. Two ways that agree are worth more
than one that agrees with itself. Members whose account waits to be worked out are left out. Each night what differs is counted,
named in the log (by id alone) and put among those that are worked out anew; ``make audit`` asks the same.
"""

from __future__ import annotations

import dataclasses
from datetime import date

import sqlalchemy as sa

from services.chassis.clock import shanghai
from services.chassis.core import Desk
from services.chassis.logging import get_logger
from services.chassis.metrics import ACCOUNTS_DIFFERING
from services.chassis.work import Work
from services.dues.arrears.accounts import touch

MOST_TAKEN_UP = 5_000
"""Differing accounts that one night puts among those to be worked out anew; more say that something else is wrong."""
MOST_NAMED = 20
NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 2, 5
"""On the county's wall clock, when nobody pays."""
_log = get_logger(__name__)

# An account is compared as of the running month and the day for which it was worked out: it is written anew when those matter.
DIFFERENCES = """
WITH account AS (
    SELECT a.*, (a.as_of / 100) * 12 + a.as_of % 100 AS running,
        (a.worked_out_at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM member_account AS a
    WHERE NOT EXISTS (SELECT FROM account_touched AS t WHERE t.member_id = a.member_id)
), month AS (
    SELECT o.member_id, o.month, (o.month / 100) * 12 + o.month % 100 AS number, a.running, o.amount_fen, o.paid_fen,
        to_date(o.month::text, 'YYYYMM') AS first_day, EXISTS (
            SELECT FROM delay AS d WHERE d.member_id = o.member_id AND d.month = o.month AND d.ended_at IS NULL) AS delayed
    FROM account AS a JOIN obligation AS o USING (member_id)
    WHERE NOT o.ahead OR o.month = a.as_of
), late AS (
    SELECT member_id, sum(amount_fen - paid_fen) AS owed_fen, count(*) AS owed_months
    FROM month WHERE number < running AND paid_fen < amount_fen GROUP BY member_id
), ended AS (
    SELECT member_id FROM month WHERE number = running AND (paid_fen > 0 OR amount_fen = 0)
), unpaid AS (
    SELECT month.*, row_number() OVER (PARTITION BY member_id ORDER BY number DESC) AS place
    FROM month
    WHERE number < running AND (amount_fen IS NULL OR (amount_fen > 0 AND paid_fen = 0))
        AND member_id NOT IN (SELECT member_id FROM ended)
), run AS (
    SELECT member_id, min(month) AS since_month, count(*) AS unpaid_run, count(*) FILTER (WHERE NOT EXISTS (
            SELECT FROM arrears_reason AS r WHERE r.member_id = unpaid.member_id AND r.removed_at IS NULL
                AND r.first_day < unpaid.first_day + interval '1 month' AND r.last_day >= unpaid.first_day)) AS unexcused_run
    FROM unpaid WHERE running - number = place AND amount_fen IS NOT NULL AND NOT delayed GROUP BY member_id
), worked_out AS (
    SELECT a.member_id, m.branch_id, coalesce(late.owed_fen, 0) AS owed_fen, coalesce(late.owed_months, 0) AS owed_months,
        coalesce(run.unpaid_run, 0) AS unpaid_run, coalesce(run.unexcused_run, 0) AS unexcused_run, run.since_month,
        CASE WHEN late.owed_fen IS NULL OR m.status NOT IN ('full', 'probationary') THEN 'none'
            WHEN run.unexcused_run >= 6 AND NOT EXISTS (
                SELECT FROM arrears_reason AS r WHERE r.member_id = a.member_id AND r.removed_at IS NULL
                    AND a.day BETWEEN r.first_day AND r.last_day) THEN 'review_self_withdrawal'
            WHEN run.unpaid_run >= 3 THEN 'education_and_deadline'
            ELSE 'arrears' END AS step
    FROM account AS a JOIN member AS m USING (member_id)
    LEFT JOIN late USING (member_id) LEFT JOIN run USING (member_id)
)
SELECT a.member_id::text, 'stands at ' || a.owed_fen || ' fen, ' || a.unpaid_run || ' months, ' || a.step
    || ', and should at ' || w.owed_fen || ' fen, ' || w.unpaid_run || ' months, ' || w.step
FROM account AS a JOIN worked_out AS w USING (member_id)
WHERE (a.branch_id, a.owed_fen, a.owed_months, a.unpaid_run, a.unexcused_run, a.since_month, a.step) IS DISTINCT FROM
      (w.branch_id, w.owed_fen, w.owed_months, w.unpaid_run, w.unexcused_run, w.since_month, w.step)
UNION ALL
SELECT DISTINCT o.member_id::text, 'owes months and has no account'
FROM obligation AS o JOIN member USING (member_id)
WHERE NOT o.ahead AND NOT EXISTS (SELECT FROM member_account AS a WHERE a.member_id = o.member_id)
    AND NOT EXISTS (SELECT FROM account_touched AS t WHERE t.member_id = o.member_id)
"""
"""Which member, and what is wrong with his account."""


@dataclasses.dataclass(slots=True)
class Nightly:
    """The last night on which this process compared."""

    day: date | None = None


def compare_at_night(desk: Desk, nightly: Nightly) -> int | None:
    """The job: once a night; how many differed, None when it was not its time."""
    local = shanghai(desk.clock.now())
    if not NIGHT_FROM_HOUR <= local.hour < NIGHT_UNTIL_HOUR or nightly.day == local.date():
        return None
    nightly.day = local.date()
    return desk.run(compare, None)


def compare(work: Work, _: None) -> int:
    """Counts what differs and puts it among those that are worked out anew. Shown as ``accounts_differing``."""
    bounded = sa.text(f"SELECT * FROM ({DIFFERENCES}) AS differing (member_id, told) LIMIT :most")  # noqa: S608 (our own text)
    rows = work.db.execute(bounded, {"most": MOST_TAKEN_UP}).all()
    for member_id, told in rows[:MOST_NAMED]:
        _log.error("account_differs", member_id=member_id, told=told)
    touch(work, [member_id for member_id, _ in rows])
    ACCOUNTS_DIFFERING.set(len(rows))
    return len(rows)
