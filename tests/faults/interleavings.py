"""Refund, refund, notice, expiry, cash: thousands of random interleavings on the same orders, judged by the checker.

``python -m tests.faults.interleavings --count 5000 --seed 1``. One interleaving is an order and some threads, each with a
script of its own (asking, taking back, deciding, paying, notices of payment and refund, jobs, closing, running out, paying a
month anew; of cash, every third order: confirming, recording, striking out, banking), let loose at once on a real PostgreSQL
with a provider that lives in memory. The seed makes the scripts; who comes first is the machine's affair, so that a seed
repeats what is tried and not what happens. ``--without lock`` and ``--without guards`` take a mechanism away and must be
caught. Exits with 1 when something is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from services.contracts.errors import ServiceError
from services.dues.orders import store as order_store
from services.dues.providers.payments import ProviderError
from services.dues.refunding import store as refund_store
from tests.faults.cash_round import CashRound
from tests.faults.refund_round import LockedPayments, Round
from tests.integration.dues import database
from tests.integration.dues.county import County, person
from tests.integration.dues.refund_till import BOSS
from tests.integration.dues.return_desk import OFFICERS, ReturnDesk

THREADS, STEPS = 3, 3
CASH_EVERY = 3
"""One order in so many was paid in cash."""
CHECK_EVERY = 250
"""Interleavings between two looks of the checker at everything; each order is looked at by itself when its threads are done."""
PEOPLE_PER_EVENT = 100
POOL = 2 * THREADS
MONTHS = ("2026-08", "2026-09")
MOST_SHOWN = 20
LOCK, GUARDS = "lock", "guards"
GUARDS_OF_REFUNDS = (
    "ALTER TABLE orders DROP CONSTRAINT orders_refunded_within_total",
    "ALTER TABLE refund DROP CONSTRAINT refund_request_once",
    "DROP INDEX refund_line_once",
    "ALTER TABLE posting DROP CONSTRAINT posting_reversed_once",
    "ALTER TABLE obligation DROP CONSTRAINT obligation_paid_not_negative",
    "ALTER TABLE receipt DROP CONSTRAINT receipt_replaced_once",
    "DROP INDEX receipt_person_once",
)
"""What the database itself holds against giving a line back twice."""


@dataclass
class Verdict:
    """What came of a run: how often each step was done or refused, and what is wrong."""

    interleavings: int = 0
    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


@contextmanager
def stage(count: int) -> Iterator[ReturnDesk]:
    """A county with two people of one household for each interleaving, who owe two months each."""
    with (
        tempfile.TemporaryDirectory(prefix="interleavings-") as folder,
        database.server() as address,
        database.template(address) as name,
        database.copy(address, name) as url,
    ):
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        with staged(url, Path(folder), count) as till:
            yield till


@contextmanager
def staged(url: str, folder: Path, count: int) -> Iterator[ReturnDesk]:
    """The same on a database that is there."""
    county = County(url, folder, pool_size=POOL)
    try:
        county.organisations()
        people = [
            (f"{who}{index}", branch, f"H{index}")
            for index in range(count)
            for who, branch in (("a", "b1"), ("b", "b2"))
        ]
        for start in range(0, len(people), PEOPLE_PER_EVENT):
            chunk = people[start : start + PEOPLE_PER_EVENT]
            county.roster(*(person(one, branch, household=household) for one, branch, household in chunk))
        for month in MONTHS:
            county.ask("open_month", BOSS, month=month)
        county.roster(*(person(name, "b2") for name in OFFICERS))
        yield ReturnDesk(county, provider=LockedPayments(county.core.settings.clock))
    finally:
        county.close()


@contextmanager
def missing(mechanism: str | None, till: ReturnDesk) -> Iterator[None]:
    """Takes the rows' locks away, or these and what the database holds as well."""
    with ExitStack() as undone:
        if mechanism in (LOCK, GUARDS):
            locked_order, locked_request = order_store.find_order, refund_store.find_request
            unlocked = {"lock": False}
            undone.enter_context(
                patch.object(order_store, "find_order", lambda db, **said: locked_order(db, **(said | unlocked)))
            )
            undone.enter_context(
                patch.object(refund_store, "find_request", lambda db, one, **_: locked_request(db, one))
            )
        if mechanism == GUARDS:
            for statement in GUARDS_OF_REFUNDS:
                till.county.sql(statement)
        yield


def run(till: ReturnDesk, count: int, seed: int, *, without: str | None = None, say: bool = False) -> Verdict:
    """All interleavings, until something is broken."""
    verdict, began = Verdict(), time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool, missing(without, till):
        for index in range(count):
            kind = CashRound if index % CASH_EVERY == CASH_EVERY - 1 else Round
            one = kind(till, index, random.Random(f"{seed}/{index}"))
            one.begin()
            _let_loose(pool, one, verdict)
            one.end()
            verdict.interleavings += 1
            verdict.broken += one.broken()
            if (index + 1) % CHECK_EVERY == 0 or index + 1 == count or verdict.broken:
                verdict.broken += [f"{name}: {what}" for name, found in till.broken().items() for what in found]
            if verdict.broken:
                break
            if say and (index + 1) % CHECK_EVERY == 0:
                print(f"{time.monotonic() - began:6.0f} s: {index + 1} interleavings, nothing broken", flush=True)
    verdict.seconds = time.monotonic() - began
    verdict.states = Counter(dict(till.county.sql("SELECT state, count(*) FROM orders GROUP BY state")))
    return verdict


def _let_loose(pool: ThreadPoolExecutor, one: Round, verdict: Verdict) -> None:
    """Each thread waits for the others before its first step."""
    together = threading.Barrier(THREADS)
    scripts = [one.script(STEPS) for _ in range(THREADS)]

    def play(script: list[str]) -> list[tuple[str, str]]:
        dice = random.Random(one.dice_seed(script))
        together.wait()
        return [(step, _done(one, step, dice)) for step in script]

    for told in pool.map(play, scripts):
        for step, outcome in told:
            if outcome == "done":
                verdict.done[step] += 1
            elif outcome.startswith("!"):
                verdict.broken.append(f"interleaving {one.index}, {step}: {outcome}")
            else:
                verdict.refused[outcome] += 1


def _done(one: Round, step: str, dice: random.Random) -> str:
    """``done``, the code of a foreseen refusal, or ``!`` and what nobody foresaw."""
    try:
        one.do(step, dice)
    except ServiceError as refusal:
        return str(refusal.code)
    except ProviderError as refusal:
        return type(refusal).__name__
    except Exception as fault:  # noqa: BLE001 (whatever it is, it is what this looks for)
        return f"! {type(fault).__name__}: {str(fault).splitlines()[0][:200]}"
    return "done"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.interleavings", description=__doc__)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", choices=(LOCK, GUARDS))
    given = parser.parse_args(arguments)
    with stage(given.count) as till:
        verdict = run(till, given.count, given.seed, without=given.without, say=True)
    print(f"steps done: {dict(verdict.done.most_common())}")
    print(f"refused: {dict(verdict.refused.most_common())}")
    print(f"orders: {dict(verdict.states.most_common())}")
    for one in verdict.broken[:MOST_SHOWN]:
        print(f"BROKEN: {one}")
    word = "BROKEN" if verdict.broken else "sound"
    print(f"{verdict.interleavings} interleavings of seed {given.seed} in {verdict.seconds:.0f} s: {word}")
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
