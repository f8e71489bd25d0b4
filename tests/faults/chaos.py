"""``make chaos``: faults by the seed's schedule, payments beside them, and afterwards the question whether a fen went astray.

``python -m tests.faults.chaos --minutes 10 --seed 1``. Exits with 1 on any breach, and says which. The schedule and the
processes' logs stay in the folder that it names.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.audit.checker import Verdict
from tests.faults import reckoning, schedule
from tests.faults.bench import Bench, running_bench
from tests.faults.injector import Injector
from tests.faults.payers import Payers

PAYMENTS_PER_MINUTE = 1_200
"""Two thousand above ten thousand in ten minutes: arrivals that wait when the time is over do not begin."""

LEAD_S = 2.0
"""Payments alone before the first fault."""
PEOPLE_PER_PAYMENT = 0.35
FEWEST_PEOPLE = 200


@dataclass
class Outcome:
    """What a run has shown."""

    seed: int
    seconds: float
    faults: Counter[str]
    sums: dict[str, int]
    settle_s: float
    waiting: dict[str, int]
    verdicts: list[Verdict]
    wrong: Counter[str]
    not_done: list[str]
    ended: Counter[str]
    stories: Counter[str]
    pay_s: list[float]
    started: int
    crowded: int
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def breaches(self) -> list[str]:
        """Why the run failed, if it did."""
        found = [f"{name} is {self.sums[name]}" for name in ("lost", "doubled", "imbalance_fen") if self.sums[name]]
        found += [f"{name}: {count} after {self.settle_s:.0f} s" for name, count in self.waiting.items()]
        for verdict in (one for one in self.verdicts if not one.holds):
            told = "; ".join(f"{one.subject}: {one.told}" for one in verdict.found.breaches[:3])
            found.append(f"{verdict.database}.{verdict.name}: {verdict.found.total} breaches: {told}")
        return [*found, *(f"{count} times: {told}" for told, count in self.wrong.items())]


def run(bench: Bench, *, seconds: float, seed: int, per_s: float, say: Callable[[str], None]) -> Outcome:
    """The whole run on a started bench."""
    faults = schedule.plan(seed, seconds)
    log = bench.stack.folder.path / "schedule.jsonl"
    schedule.write(faults, log)
    say(f"seed {seed}: {len(faults)} faults of {len({one.kind for one in faults})} kinds in {seconds:.0f} s: {log}")
    injector = Injector(bench.stack, bench.proxy, bench.failpoints, seed)
    payers = bench.payers(seed)
    began = time.monotonic()
    load = asyncio.run_coroutine_threadsafe(_load(payers, per_s, LEAD_S + seconds), bench.loop)
    injector.start()
    try:
        _strike_all(injector, faults, began + LEAD_S, payers, say)
        time.sleep(max(0.0, began + LEAD_S + seconds - time.monotonic()))
        injector.wait()
        injector.heal()
        healed = time.monotonic()
        say("the last fault has ended; waiting until everything has settled")
        load.result()
        settings = bench.stack.environment()
        settle_s, waiting = reckoning.wait_until_settled(settings, healed, lambda: payers.asking, say)
    finally:
        asyncio.run_coroutine_threadsafe(payers.end(), bench.loop).result()
        injector.end()
    taken = reckoning.taken_by(settings)
    return Outcome(
        seed=seed, seconds=time.monotonic() - began, faults=injector.struck, sums=reckoning.sums(settings, taken),
        settle_s=settle_s, waiting=waiting, verdicts=reckoning.judge(settings, taken), wrong=payers.wrong,
        not_done=injector.failed, ended=injector.ended, stories=payers.outcomes, pay_s=payers.seconds,
        started=payers.started, crowded=payers.crowded, answers=payers.answers,
    )  # fmt: skip


async def _load(payers: Payers, per_s: float, seconds: float) -> None:
    await payers.run(per_s, asyncio.get_running_loop().time() + seconds)


def _strike_all(
    injector: Injector, faults: list[schedule.Fault], began: float, payers: Payers, say: Callable[[str], None]
) -> None:
    minute = 1
    for fault in faults:
        time.sleep(max(0.0, began + fault.at_s - time.monotonic()))
        injector.strike(fault)
        if fault.at_s >= 30 * minute:
            done = sum(payers.outcomes.values())
            say(f"{fault.at_s:4.0f} s: {fault.number + 1} faults, {payers.started} payments begun, {done} ended")
            minute += 1


def table(outcome: Outcome) -> str:
    pay_s = sorted(outcome.pay_s) or [0.0]
    lines = [
        f"seed {outcome.seed}: {outcome.seconds:.0f} s",
        f"payments: {outcome.started} begun, {outcome.sums['taken']} taken; settled as their payers saw it in "
        f"{pay_s[len(pay_s) // 2]:.1f} s (median), {pay_s[-1]:.1f} s (longest); {outcome.crowded} arrivals had to wait",
        f"faults: {sum(outcome.faults.values())} of {len(outcome.faults)} kinds",
        *(f"  {name:24}{count:5}" for name, count in sorted(outcome.faults.items())),
        f"faults that could not be done: {len(outcome.not_done)}",
        *(f"  {one}" for one in outcome.not_done[:20]),
        "processes that ended otherwise than by the schedule's hand:",
        *(f"  {name:40}{count:5}" for name, count in sorted(outcome.ended.items())),
        "how payments ended:",
        *(f"  {name:40}{count:5}" for name, count in sorted(outcome.stories.items())),
        f"answers: {dict(sorted(outcome.answers.items()))}",
        "verdicts:",
        *(
            f"  {'holds ' if one.holds else 'BROKEN'} {one.database + '.' + one.name:36}{one.found.total:6}"
            for one in outcome.verdicts
        ),
        f"lost {outcome.sums['lost']}, doubled {outcome.sums['doubled']}, imbalance {outcome.sums['imbalance_fen']} fen; "
        f"everything settled {outcome.settle_s:.1f} s after the last fault",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--payments-per-minute", type=float, default=PAYMENTS_PER_MINUTE)
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    os.chmod(folder, 0o755)  # PostgreSQL runs as another user beneath it when we are root
    wanted = given.minutes * given.payments_per_minute
    people = max(FEWEST_PEOPLE, 2 * round(wanted * PEOPLE_PER_PAYMENT / 2))
    say = said(time.monotonic())
    say(f"starting servers, proxies and processes for {people} people in {folder}")
    with running_bench(folder / "data", payers=people, seed=given.seed) as bench:
        outcome = run(bench, seconds=given.minutes * 60, seed=given.seed, per_s=given.payments_per_minute / 60, say=say)
    print(table(outcome))
    for breach in outcome.breaches:
        print(f"BREACH: {breach}")
    print("make chaos: " + ("FAILED" if outcome.breaches else "nothing went astray"))
    return 1 if outcome.breaches else 0


def said(began: float) -> Callable[[str], None]:
    return lambda text: print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
