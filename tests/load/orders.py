"""Placing orders over HTTP, beside PostgreSQL alone.

The whole suite at full durability: gateway, dues, RabbitMQ, PostgreSQL. The load generator takes its share of the same cores and
is left out of the CPU sum.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from services.chassis.migrate import migrate
from tests.load import county_rows, sender
from tests.load.figures import Bench, Figure, percentile
from tests.load.five_statements import FiveStatements
from tests.load.paying_suite import PLACED, PayingSuite, paying_suite

ROUNDS = 3
CLIENTS = 8
OPEN_CLIENTS = 64
"""Connections of the open load: more than requests that are under way at once."""
SINGLES, LISTS, WARMING = 2_000, 120, 400
SECONDS, OPEN_SECONDS = 6, 20
PEOPLE = 10
LINES = [(whose, month) for whose in range(PEOPLE) for month in county_rows.open_months()]
"""Fifty: ten of one branch, five months each."""


def figures(bench: Bench) -> Iterator[Figure]:
    with paying_suite(bench.room("suite")) as suite:
        database = suite.stack.suite.postgres.url("dues")
        alone = alone_beside(suite, bench.folder)
        _placed(suite, suite.orders(range(WARMING)))
        rounds = []
        for number in range(ROUNDS):
            county_rows.forget_orders(database)
            rounds.append(_round(suite, alone))
            bench.say(f"round {number + 1}: " + ", ".join(f"{name} {value:.2f}" for name, value in rounds[-1].items()))
        middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
        county_rows.forget_orders(database)
        half = middle["singles"] / 2
        outcome = _placed(suite, suite.orders(range(int(half * OPEN_SECONDS))), clients=OPEN_CLIENTS, rate=half)
        p99_ms = percentile(outcome.latencies_s, 99) * 1000
    how = f"median of {ROUNDS} interleaved rounds; {middle['singles']:,.0f} and {middle['alone']:,.0f} orders a second"
    yield Figure("orders over HTTP beside pgbench writing their rows as 5 statements, 8 clients each", middle["ratio"], "x",
                 at_least=0.20, remark=how)  # fmt: skip
    parts = ", ".join(f"{name} {middle[name]:.2f}" for name in ("gateway", "service", "broker", "database"))
    yield Figure("CPU of an order: gateway, service, broker and database together", middle["cpu"], "CPU-ms", at_most=4.0,
                 remark=parts)  # fmt: skip
    median_ms = percentile(outcome.latencies_s, 50) * 1000
    yield Figure("99 of 100 orders at half of that rate, open load", p99_ms, "ms", at_most=100.0,
                 remark=f"{half:,.0f} a second; half of them within {median_ms:.0f} ms")  # fmt: skip
    yield Figure("lines a second in orders of 50 beside orders of one", middle["lines"], "x", at_least=15.0)


def _round(suite: PayingSuite, alone: FiveStatements) -> dict[str, float]:
    """Each side once: orders of one line, PostgreSQL alone, orders of fifty lines."""
    before = suite.cpu_s()
    singles = _placed(suite, suite.orders(range(SINGLES)))
    after = suite.cpu_s()
    used = {part: (after[part] - before[part]) * 1000 / SINGLES for part in before}
    alone_rate = alone.a_second(SECONDS)
    lists = _placed(suite, suite.orders((SINGLES + n for n in range(LISTS)), LINES))
    return {
        "singles": singles.a_second,
        "alone": alone_rate,
        "ratio": singles.a_second / alone_rate,
        "cpu": sum(used.values()),
        "lines": lists.a_second * len(LINES) / singles.a_second,
        **used,
    }


def _placed(
    suite: PayingSuite, requests: list[bytes], *, clients: int = CLIENTS, rate: float | None = None
) -> sender.Outcome:
    """Raises RuntimeError unless each of them was placed."""
    outcome = sender.send(suite.address, requests, clients=clients, status=PLACED, rate=rate)
    if outcome.refused:
        raise RuntimeError(f"orders were refused: {outcome.refused}")
    return outcome


def alone_beside(suite: PayingSuite, folder: Path) -> FiveStatements:
    """PostgreSQL alone, on the suite's own server, with a county like its."""
    url = suite.stack.create_database("alone")
    migrate("dues", url)
    county_rows.fill(url, suite.county)
    return FiveStatements(folder, url)
