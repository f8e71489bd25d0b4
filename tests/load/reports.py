"""The collection report of a county, through the gateway: any month, committee by committee and down to the branch."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.local.stack import Stack
from tests.load import county_rows
from tests.load.figures import Bench, Figure, percentile
from tests.load.office import Office

ROUNDS, WARMING = 30, 3
PAGE = 500
"""Rows of one page; a county of 1,500 branches has three."""
COMMITTEES = 60
LARGE_MEMBERS, LARGE_BRANCHES = 1_000_000, 20_000
COUNTY_ID = "00000000-0000-7000-a000-000000000000"
_ROWS = """
TRUNCATE organisation, owed_total, collection_total, owed_stale, posting_unfolded;
INSERT INTO organisation VALUES ('{root}', '{county}', NULL, 'yt', '测试县委', 'county_committee', 'yt', 1);
INSERT INTO organisation
SELECT ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, '{county}', '{root}', 't' || n, '第' || n || '镇党委',
    'township_committee', ('yt.t' || n)::ltree, 1 FROM generate_series(0, {committees} - 1) AS n;
INSERT INTO organisation
SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, '{county}',
    ('00000000-0000-7000-b000-' || lpad(to_hex(n % {committees}), 12, '0'))::uuid, 'b' || n, '第' || n || '支部', 'branch',
    ('yt.t' || n % {committees} || '.b' || n)::ltree, 1 FROM generate_series(0, {branches} - 1) AS n;
INSERT INTO owed_total
SELECT '{county}', org_id, month, class, {members} / {branches} / 3, 0, 0, {members} / {branches} / 4, {members} / {branches} * 7,
    {members} / {branches} * 5
FROM organisation, unnest(ARRAY[{months}]) AS month, unnest(ARRAY['farmer', 'retired', 'village_cadre']) AS class
WHERE kind = 'branch';
INSERT INTO collection_total
SELECT county_id, branch_id, month, month, member_class, on_behalf, 'wechat', paid_members / 2, paid_fen / 2
FROM owed_total, unnest(ARRAY[true, false]) AS on_behalf;
"""
"""Organisations and their totals, three classes in each branch, by oneself and on behalf. A report reads nothing else: members,
obligations and payments are behind the totals, however many they are."""


def figures(bench: Bench) -> Iterator[Figure]:
    with Stack(bench.room("reports"), {"GATEWAY_RATE_LIMIT_SCALE": "100000"}) as stack:
        stack.migrate()
        url = stack.suite.postgres.url("dues")
        for members, branches, bar_ms in (
            (county_rows.MEMBERS, county_rows.BRANCHES, 300.0),
            (LARGE_MEMBERS, LARGE_BRANCHES, 1_000.0),
        ):
            bench.say(f"a county of {members:,} members")
            _fill(stack, url, members, branches)
            for name in ("dues", "members", "gateway"):
                if name not in stack.suite.children:
                    stack.start_process(name)
            office = Office(stack, COUNTY_ID, "yt")
            for level, rows in (("children", COMMITTEES), ("branches", PAGE)):
                middle, worst = _asked(office, level)
                yield Figure(
                    f"the county's month {'by committee' if level == 'children' else 'down to the branch'}, {members:,} members",
                    worst,
                    "ms",
                    at_most=bar_ms,
                    remark=f"95 of 100; half within {middle:.0f} ms; {rows} rows of {branches:,} branches, one page",
                )


def _fill(stack: Stack, url: str, members: int, branches: int) -> None:
    months = ", ".join(str(month.number) for month in county_rows.open_months())
    given = {"root": COUNTY_ID, "county": stack.environment()["COUNTY_ID"], "committees": COMMITTEES, "months": months}
    county_rows.run(url, _ROWS.format(**given, members=members, branches=branches))
    county_rows.tidy(url)


def _asked(office: Office, level: str) -> tuple[float, float]:
    """The middle and the ninety-fifth of the milliseconds that a report took, over all open months in turn."""
    months = county_rows.open_months()
    taken_ms = []
    for turn in range(WARMING + ROUNDS):
        path = f"/v1/organisations/{COUNTY_ID}/collection?month={months[turn % len(months)]}&level={level}&limit={PAGE}"
        office.wait_for_news(path)
        if turn >= WARMING:
            taken_ms.append(office.look_ms(path))
    return percentile(taken_ms, 50), percentile(taken_ms, 95)
