"""A whole county of 27,385 members: its month opens in ten seconds or less and in little memory."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

from services.contracts.caller import Role
from tests.integration.dues.county import County, holder

MEMBERS, ASSESSED, BRANCHES = 27_385, 9_000, 1_500
MAX_MIB = 400
_PEOPLE = """
WITH numbered AS (
    SELECT n, gen_random_uuid() AS member_id, md5('branch' || n % :branches)::uuid AS branch_id,
           'yt.u' || n % 30 || '.b' || n % :branches AS path,
           CASE WHEN n <= :assessed THEN 'civil_servant' WHEN n % 2 = 0 THEN 'farmer' ELSE 'retired' END AS class
    FROM generate_series(1, :members) AS n)
INSERT INTO member
SELECT member_id, 'yanting', '王' || n, '', branch_id, path::ltree, class, 'full', '2010-05-04',
       jsonb_build_array(jsonb_build_object('branch_id', branch_id, 'branch_path', path, 'from_day', '2010-05-04',
                                            'to_day', '2020-03-01'),
                         jsonb_build_object('branch_id', branch_id, 'branch_path', path, 'from_day', '2020-03-01',
                                            'to_day', NULL)),
       jsonb_build_array(jsonb_build_object('member_class', class, 'from_day', '2010-05-04', 'to_day', NULL)),
       jsonb_build_array(jsonb_build_object('status', 'probationary', 'from_day', '2010-05-04', 'to_day', '2011-05-04'),
                         jsonb_build_object('status', 'full', 'from_day', '2011-05-04', 'to_day', NULL)), 1
FROM numbered
"""
_BRANCHES = """
INSERT INTO organisation (org_id, county_id, code, name, kind, path, version)
SELECT DISTINCT branch_id, county_id, subpath(branch_path, -1)::text, '支部', 'branch', branch_path, 1 FROM member
"""
_AMOUNTS = """
INSERT INTO assessment
SELECT gen_random_uuid(), 'yanting', member_id, 1, 202601, member_class, 8100, '\\x00', 'sichuan/1', NULL, 'county_admin',
       'yt', now()
FROM member WHERE member_class = 'civil_servant'
"""


def peak_mib() -> float:
    """This process's own peak: ``ru_maxrss`` would count what its parent held when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def _open(url: str, folder: Path, told: multiprocessing.Queue[tuple[float, float, int, int]]) -> None:
    """In a process of its own, so that its memory is that of a service and not of the tests before."""
    county = County(url, folder)
    boss = holder("boss", Role.COUNTY_ADMIN, "county")
    began = time.monotonic()
    view = county.ask("open_month", boss, month="2026-09")
    taken = time.monotonic() - began
    told.put((taken, peak_mib(), view["obligations"], view["unassessed"]))
    county.close()


def test_a_county_opens_its_month_in_little_memory(county: County) -> None:
    county.sql(_PEOPLE, members=MEMBERS, assessed=ASSESSED, branches=BRANCHES)
    county.sql(_BRANCHES)
    county.sql(_AMOUNTS)
    county.sql("ANALYZE member")
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_open, args=(county.url, county.folder, told))
    process.start()
    seconds, mib, obligations, unassessed = told.get(timeout=120)
    process.join(timeout=20)
    print(f"{obligations} obligations in {seconds:.1f} s, {mib:.0f} MiB")  # noqa: T201 - a measured figure
    retired = county.sql("SELECT count(*) FROM member WHERE member_class = 'retired'")[0][0]
    assert (obligations, unassessed) == (MEMBERS, retired)
    assert mib <= MAX_MIB
