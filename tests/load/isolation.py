"""A part that is frozen: how far a request outlives its deadline, and what the others feel of it.

For twelve seconds the dues service, the broker or the database is stopped, its connections open, while people ask for everything.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.faults.gateway_stand import DUES, MEMBERS, PAGES, Answer, Crowd, Stand, is_good, standing
from tests.load.figures import Bench, Figure, percentile

FROZEN_S = 12.0
CROWD = {MEMBERS: 4, DUES: 32, PAGES: 1}
PLACES = "8"
MAY_OUTLIVE_MS = 200.0
QUICK_AFTER_S = 5.0
"""By then a frozen broker is known: both connections have been given up and are not waited for any more."""


def figures(bench: Bench) -> Iterator[Figure]:
    with standing(bench.folder / "suite", GATEWAY_CALLS_IN_FLIGHT=PLACES) as stand:
        bench.say("nothing frozen")
        idle = asked(stand)
        for part, what in (("dues", "dues service"), ("rabbitmq", "broker"), ("postgres", "database")):
            bench.say(f"{what} frozen for {FROZEN_S:.0f} s")
            during = asked(stand, part)
            yield Figure(
                f"longest that a request outlived its deadline, {what} frozen {FROZEN_S:.0f} s",
                max(0.0, *(one.over_s * 1000 for one in during if one.path != PAGES)),
                "ms",
                at_most=MAY_OUTLIVE_MS,
                remark=f"of {len(during):,} requests, at the client",
            )
            yield from others(part, what, during, idle)


def others(part: str, what: str, during: list[Answer], idle: list[Answer]) -> Iterator[Figure]:
    """What does not need the frozen part; of the broker also how soon it is refused."""
    unharmed = {PAGES: "pages"} | ({MEMBERS: "members"} if part == "dues" else {})
    for path, name in unharmed.items():
        asked_for = [one for one in during if one.path == path]
        yield Figure(
            f"{name} answered well, {what} frozen",
            100 * sum(map(is_good, asked_for)) / len(asked_for),
            "%",
            at_least=100.0,
            remark=f"{len(asked_for):,} asked",
        )
        yield Figure(f"{name}: p99, {what} frozen, against nothing frozen", p99(during, path) / p99(idle, path), "x")
    if part == "rabbitmq":
        since = min(one.asked_at for one in during) + QUICK_AFTER_S
        late = [one for one in during if one.path != PAGES and one.asked_at >= since]
        yield Figure(
            f"p99 of a refusal, {what} frozen for more than {QUICK_AFTER_S:.0f} s",
            percentile([one.took_s * 1000 for one in late], 99),
            "ms",
        )


def p99(answers: list[Answer], path: str) -> float:
    return percentile([one.took_s for one in answers if one.path == path], 99)


def asked(stand: Stand, *frozen: str) -> list[Answer]:
    """What was asked within the time, and how it was answered, whenever that was."""
    with Crowd(stand, CROWD) as crowd:
        time.sleep(1.0)
        with stand.frozen(*frozen):
            began = time.monotonic()
            time.sleep(FROZEN_S)
            ended = time.monotonic()
        crowd.wait_for(MEMBERS)
        crowd.wait_for(DUES)
    return [one for one in crowd.answers if began <= one.asked_at < ended]
