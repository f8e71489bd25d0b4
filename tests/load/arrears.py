"""The arrears ladder: a county as it is and one of a million, at the gateway; what keeping accounts costs a payment.

Members, branches and accounts are generated as rows, three in ten on the ladder; 30 townships of 50 branches, and 400 of 50 for
the million. Each figure is what a person waits for: HTTP, gateway, broker, service, row security and PostgreSQL on one machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.settings import load
from services.dues.arrears import accounts
from services.dues.settings import DuesSettings
from tests.load import county_rows
from tests.load.figures import Bench, Figure, interleaved, percentile
from tests.load.office import Office
from tests.load.paying_suite import PayingSuite, paying_suite

COUNTY_MS, MILLION_MS = 300, 1_000
"""The bars: a county of 27,385, and one of a million."""
LOOKS = 15
MONTHS_OF_A_BATCH = 500
WORKED_OUT = 5_000
BRANCHES_OF_TOWNSHIP = 50
ROOT = "00000000-0000-7000-a000-000000000000"
_ROWS = """
TRUNCATE member_account, account_touched, obligation, assessment, member, organisation CASCADE;
INSERT INTO organisation VALUES ('{root}', '{county}', NULL, 'yt', '测试县委', 'county_committee', 'yt', 1);
INSERT INTO organisation
SELECT ('00000000-0000-7000-b000-' || lpad(to_hex(t), 12, '0'))::uuid, '{county}', '{root}', 't' || t, '第' || t || '镇党委',
       'township_committee', ('yt.t' || t)::ltree, 1 FROM generate_series(0, {townships} - 1) AS t;
INSERT INTO organisation
SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(b), 12, '0'))::uuid, '{county}',
       ('00000000-0000-7000-b000-' || lpad(to_hex(b / {per_township}), 12, '0'))::uuid, 'b' || b, '第' || b || '支部', 'branch',
       ('yt.t' || b / {per_township} || '.b' || b)::ltree, 1 FROM generate_series(0, {townships} * {per_township} - 1) AS b;
INSERT INTO member
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '{county}', '党员' || n, '', o.org_id, o.path,
       'farmer', 'full', '2010-05-04', '[]', '[]', '[]', 1
FROM generate_series(0, {members} - 1) AS n
JOIN organisation AS o ON o.code = 'b' || n % ({townships} * {per_township});
INSERT INTO member_account
SELECT member_id, county_id, branch_id, owed * 20, owed, owed, owed, CASE WHEN owed > 0 THEN 202601 END,
       CASE WHEN owed >= 6 THEN 'review_self_withdrawal' WHEN owed >= 3 THEN 'education_and_deadline' WHEN owed > 0 THEN 'arrears'
            ELSE 'none' END, {month}, NULL, 1, now()
FROM (SELECT member.*, CASE WHEN draw < 0.7 THEN 0 WHEN draw < 0.85 THEN 1 + (draw * 1000)::int % 2
        WHEN draw < 0.95 THEN 3 + (draw * 1000)::int % 3 ELSE 6 + (draw * 1000)::int % 20 END AS owed
      FROM (SELECT member.*, random() AS draw FROM member) AS member) AS drawn;
"""
_MONTHS = """
INSERT INTO obligation
SELECT member_id, month, county_id, branch_id, branch_path, 'farmer', 20, 0, 'flat', NULL, month, false
FROM unnest(ARRAY[{months}]) AS month, (SELECT * FROM member ORDER BY member_id LIMIT {members}) AS member;
"""


@dataclass(frozen=True, slots=True)
class Size:
    name: str
    members: int
    townships: int
    at_most_ms: int


SIZES = (Size("27,385 members", 27_385, 30, COUNTY_MS), Size("1,000,000 members", 1_000_000, 400, MILLION_MS))


def figures(bench: Bench) -> Iterator[Figure]:
    with paying_suite(
        bench.room("suite"), "members"
    ) as suite:  # an office counts while members tells of ended sessions
        url = suite.stack.suite.postgres.url("dues")
        for size in SIZES:
            bench.say(f"{size.name}: generating")
            fill(url, suite.county, size)
            bench.say(f"{size.name}: looking")
            yield from _looks(Office(suite.stack, ROOT, "yt"), size)
        bench.say("keeping accounts")
        yield from _keeping(suite, url)


def fill(url: str, county: str, size: Size) -> None:
    month = county_rows.open_months()[-1].number
    text = _ROWS.format(
        root=ROOT,
        county=county,
        members=size.members,
        townships=size.townships,
        per_township=BRANCHES_OF_TOWNSHIP,
        month=month,
    )
    county_rows.run(url, text)
    county_rows.tidy(url)


def _looks(office: Office, size: Size) -> Iterator[Figure]:
    branch, township = "00000000-0000-7000-9000-000000000007", "00000000-0000-7000-b000-000000000000"
    ways = {
        "the county's sums, each township beneath": f"/v1/organisations/{ROOT}/arrears/summary",
        "the county's ladder, first page": f"/v1/organisations/{ROOT}/arrears?limit=50",
        "the county's ladder, a rare step": f"/v1/organisations/{ROOT}/arrears?limit=50&step=education_and_deadline",
        "a township's sums, each branch beneath": f"/v1/organisations/{township}/arrears/summary",
        "a township's ladder": f"/v1/organisations/{township}/arrears?limit=50",
        "a branch's ladder": f"/v1/organisations/{branch}/arrears?limit=50",
    }
    for what, path in ways.items():
        office.wait_for_news(path)
        waited = [office.look_ms(path) for _ in range(LOOKS)]
        remark = f"median {statistics.median(waited):.0f} ms, of {LOOKS} looks at the gateway"
        yield Figure(
            f"{size.name}: {what}, 95 of 100", percentile(waited, 95), "ms", at_most=size.at_most_ms, remark=remark
        )


@contextmanager
def _core(suite: PayingSuite, url: str) -> Iterator[Core]:
    database = Database(url, name="bench", pool_size=2, slow=True, rows_of=suite.county)
    yield Core(load(DuesSettings, suite.stack.environment()), database)
    database.close()


def _keeping(suite: PayingSuite, url: str) -> Iterator[Figure]:
    months = ", ".join(str(month.number) for month in county_rows.open_months())
    county_rows.run(url, _MONTHS.format(months=months, members=WORKED_OUT))
    county_rows.tidy(url)
    with _core(suite, url) as core:
        began = time.perf_counter()
        done = accounts.keep_accounts(core.desk())
        took_s = time.perf_counter() - began
    yield Figure("accounts worked out", done / took_s, "a second", remark=f"{done} members with five months each")
    with_trigger, without, ratio = interleaved(
        lambda: _paid_a_second(url, on=True), lambda: _paid_a_second(url, on=False)
    )
    yield Figure(
        f"{MONTHS_OF_A_BATCH} months paid in one statement, without triggers and with them",
        1 / ratio,
        "x",
        remark=f"{1000 / without:.1f} and {1000 / with_trigger:.1f} ms a statement",
    )


def _paid_a_second(url: str, *, on: bool) -> float:
    """Statements a second that pay a batch of months, each with its commit."""
    county_rows.run(url, f"ALTER TABLE obligation {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
    rounds, month = 20, county_rows.open_months()[0].number
    began = time.perf_counter()
    for step in range(rounds):
        first = step * MONTHS_OF_A_BATCH % WORKED_OUT
        county_rows.run(
            url,
            f"UPDATE obligation SET paid_fen = 20 - paid_fen WHERE month = {month} AND member_id IN "
            f"(SELECT member_id FROM member ORDER BY member_id LIMIT {MONTHS_OF_A_BATCH} OFFSET {first})",
        )
    took_s = time.perf_counter() - began
    county_rows.run(url, "ALTER TABLE obligation ENABLE TRIGGER USER; TRUNCATE account_touched")
    return rounds / took_s
