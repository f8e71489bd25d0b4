"""Two hours' load in fifteen minutes, without faults: does anything grow that should not?

``python -m tests.faults.soak --minutes 15``. Takes each process's memory, handles and threads and the gateway's waiting calls
every ten seconds; afterwards each must have stayed where it was once warm, and no reply may be kept. Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults import reckoning, schedule
from tests.faults.bench import Bench, running_bench
from tests.faults.chaos import FEWEST_PEOPLE, PEOPLE_PER_PAYMENT, said
from tests.load.figures import family, memory_mib, open_files

PAYMENTS_PER_MINUTE = 900
"""Fifteen minutes of it are 13,500 payments: two hours of a county's busiest evening, two payments a second."""

SAMPLE_EVERY_S = 10.0
WARM_AFTER = 0.4
"""The part of the run before this is not judged: pools fill, caches and code get their place."""

MOST_GROWTH = 0.05
MOST_GROWTH_MIB = 4.0
MOST_GROWTH_COUNT = 4
"""From the first warm quarter to the last, whichever of share and size is more; handles and threads by number."""

BY_DESIGN = ("wechat-simulator",)
"""Keeps its books in memory: grows with every payment, is shown and not judged."""

QUIET_S = 20.0
IDLE_PROBE = "/metrics"
WAITING = "calls_waiting "


@dataclass(frozen=True)
class Sample:
    at_s: float
    process: str
    memory_mib: float
    handles: int
    threads: int


def sample(name: str, pid: int, at_s: float) -> Sample:
    """One process with all beneath it."""
    pids = family(pid)
    return Sample(
        at_s,
        name,
        sum(memory_mib(each) for each in pids),
        sum(open_files(each) for each in pids),
        sum(len(os.listdir(f"/proc/{each}/task")) for each in pids),
    )


def grown(samples: Sequence[Sample]) -> list[str]:
    """What has grown more than it may, of one process's samples in order of time. Raises ValueError for too few of them."""
    warm = samples[int(len(samples) * WARM_AFTER) :]
    part = len(warm) // 4
    if part < 2:
        raise ValueError("too short a run to say anything")
    first, last = warm[:part], warm[-part:]
    found = []
    before, after = (statistics.median(one.memory_mib for one in some) for some in (first, last))
    if after - before > max(MOST_GROWTH_MIB, MOST_GROWTH * before):
        found.append(f"{samples[0].process}: memory {before:.1f} to {after:.1f} MiB")
    for what in ("handles", "threads"):
        # The most of each part: both come and go with what is under way.
        low, high = (max(getattr(one, what) for one in some) for some in (first, last))
        if high - low > max(MOST_GROWTH_COUNT, MOST_GROWTH * low):
            found.append(f"{samples[0].process}: {what} {low} to {high}")
    return found


def waiting_calls(gateway_url: str) -> int:
    """How many calls wait for a reply in the gateway, as it says itself."""
    with urllib.request.urlopen(gateway_url + IDLE_PROBE, timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return int(float(next(line for line in lines if line.startswith(WAITING)).removeprefix(WAITING)))


def run(bench: Bench, *, seconds: float, per_s: float, say: Callable[[str], None]) -> tuple[list[Sample], list[str]]:
    """The load and the samples; then what is wrong."""
    payers = bench.payers(1)
    began = time.monotonic()

    async def load() -> None:
        await payers.run(per_s, asyncio.get_running_loop().time() + seconds)

    running = asyncio.run_coroutine_threadsafe(load(), bench.loop)
    samples: list[Sample] = []
    most_waiting = 0
    try:
        while not running.done():
            time.sleep(SAMPLE_EVERY_S)
            at_s = time.monotonic() - began
            samples += [sample(name, bench.stack.suite.children[name].pid, at_s) for name in schedule.PROCESSES]
            waits = waiting_calls(bench.stack.gateway_url)
            most_waiting = max(most_waiting, waits)
            if int(at_s / SAMPLE_EVERY_S) % 6 == 0:
                say(f"{at_s:4.0f} s: {payers.started} payments begun, {waits} calls wait; {told(samples)}")
        running.result()
        settings = bench.stack.environment()
        seconds_left, waiting = reckoning.wait_until_settled(settings, time.monotonic(), lambda: payers.asking, say)
    finally:
        asyncio.run_coroutine_threadsafe(payers.end(), bench.loop).result()
    time.sleep(QUIET_S)
    wrong = [f"{count} {name} after {seconds_left:.0f} s" for name, count in waiting.items()]
    wrong += [f"{count} times: {one}" for one, count in payers.wrong.items()]
    kept = waiting_calls(bench.stack.gateway_url)
    if kept:
        wrong.append(f"gateway: {kept} calls still wait for a reply")
    taken = reckoning.taken_by(settings)
    say(f"{len(taken)} payments taken; up to {most_waiting} calls waited at once, {kept} at the end")
    verdicts = reckoning.judge(settings, taken)
    return samples, wrong + [f"{one.database}.{one.name}: {one.found.total}" for one in verdicts if not one.holds]


def told(samples: list[Sample]) -> str:
    latest = {one.process: one for one in samples}
    return ", ".join(f"{name} {one.memory_mib:.0f} MiB" for name, one in latest.items())


def table(samples: list[Sample]) -> str:
    lines = [
        f"{'process':18}{'MiB warm':>10}{'at the end':>12}{'handles':>10}{'at the end':>12}{'threads':>9}{'end':>6}"
    ]
    for name in schedule.PROCESSES:
        own = [one for one in samples if one.process == name]
        warm, last = own[int(len(own) * WARM_AFTER)], own[-1]
        lines.append(
            f"{name:18}{warm.memory_mib:10.1f}{last.memory_mib:12.1f}{warm.handles:10}{last.handles:12}"
            f"{warm.threads:9}{last.threads:6}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--payments-per-minute", type=float, default=PAYMENTS_PER_MINUTE)
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    os.chmod(folder, 0o755)  # PostgreSQL runs as another user beneath it when we are root
    people = max(FEWEST_PEOPLE, 2 * round(given.minutes * given.payments_per_minute * PEOPLE_PER_PAYMENT / 2))
    say = said(time.monotonic())
    say(f"starting servers and processes for {people} people in {folder}")
    with running_bench(folder / "data", payers=people, seed=1, proxied=False) as bench:
        samples, wrong = run(bench, seconds=given.minutes * 60, per_s=given.payments_per_minute / 60, say=say)
    print(table(samples))
    for name in (one for one in schedule.PROCESSES if one not in BY_DESIGN):
        wrong += grown([one for one in samples if one.process == name])
    for one in wrong:
        print(f"BREACH: {one}")
    print("soak: " + ("FAILED" if wrong else "flat"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
