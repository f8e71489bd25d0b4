"""A day's bill of a million rows against the ledger: how long, how much memory, what of the planted differences is found.

A process of its own matches the bill as the jobs process does, its workers patched as there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.integration.dues.database import copy, server, template
from tests.load import bills, county_rows
from tests.load.figures import Bench, Figure

COUNTY, DAY = "yanting", date(2026, 9, 14)
ROWS, OF_EACH_KIND = 1_000_000, 72
"""Fourteen kinds: a thousand differences and eight."""
MAY_TAKE_S, MAY_HOLD_MIB = 60.0, 500.0
CHILD_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Run:
    """What the matching process tells of itself."""

    seconds: float
    cpu_s: float
    """Of the process alone, its start and the storing of the file with it."""
    peak_mib: float
    rows: int


def figures(bench: Bench) -> Iterator[Figure]:
    with server() as address, template(address) as name, copy(address, name) as url:
        planted = bills.plant(ROWS, OF_EACH_KIND)
        bench.say(f"{ROWS:,} payments into the ledger")
        prepare(url, ROWS, planted)
        path = bench.folder / "bill.csv"
        count = bills.write(path, bills.rows(DAY, ROWS, planted))
        bench.say(
            f"a bill of {count:,} rows, {path.stat().st_size / 2**20:,.0f} MiB, {len(planted.expected):,} planted"
        )
        first = matched(url, path, bench.room("first"))
        found = differences(url)
        again = matched(url, path, bench.room("again"))
        yield Figure(
            "a bill of a million rows matched", first.seconds, "s", at_most=MAY_TAKE_S, remark=f"{first.rows:,} rows"
        )
        yield Figure("the same once more", again.seconds, "s", at_most=MAY_TAKE_S)
        yield Figure("CPU of the matching process", first.cpu_s, "s", remark="without the database's")
        peak = max(first.peak_mib, again.peak_mib)
        yield Figure(
            "most memory of the matching process", peak, "MiB", at_most=MAY_HOLD_MIB, remark="resident, its peak"
        )
        yield Figure(
            "planted differences not found, or under another name",
            len(planted.expected - found),
            "",
            at_most=0,
            remark=f"of {len(planted.expected):,}, {len({kind for kind, _ in planted.expected})} kinds",
        )
        yield Figure("differences told that were not planted", len(found - planted.expected), "", at_most=0)
        yield Figure("differences more after matching once more", len(differences(url)) - len(found), "", at_most=0)


def prepare(url: str, count: int, planted: bills.Planted) -> None:
    county_rows.run(url, "INSERT INTO organisation SELECT '00000000-0000-7000-a000-000000000000', 'yanting', NULL, 'yt', '县委', "
                         "'county_committee', 'yt', 1")  # fmt: skip
    county_rows.run(url, bills.ledger_sql(COUNTY, DAY, count))
    for statement in planted.sql:
        county_rows.run(url, statement)
    county_rows.tidy(url)


def matched(url: str, path: Path, folder: Path) -> Run:
    """Brings the file and matches it in a process of its own. Raises CalledProcessError."""
    command = [sys.executable, "-m", "tests.load.bill_matcher", url, str(path), str(folder), COUNTY, DAY.isoformat()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=CHILD_TIMEOUT_S)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def differences(url: str) -> set[tuple[str, str]]:
    rows = county_rows.ask(url, "SELECT kind, subject FROM difference WHERE state = 'open'")
    return {(kind, subject) for kind, subject in rows}
