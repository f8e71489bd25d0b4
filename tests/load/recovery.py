"""After a ``kill -9`` of service, broker or database: how long until the first good answer.

The part is started again at once, as an orchestrator does. Its own start is told beside: the rest is what gateway and services
take to find it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from tests.faults.gateway_stand import DUES, MEMBERS, Crowd, Stand, standing
from tests.load.figures import Bench, Figure

ROUNDS = 3
GOALS_S = {"dues": 5.0, "rabbitmq": 10.0, "postgres": 10.0}
NAMES = {"dues": "service", "rabbitmq": "broker", "postgres": "database"}
CROWD = {MEMBERS: 2, DUES: 4}


def figures(bench: Bench) -> Iterator[Figure]:
    with standing(bench.folder / "suite") as stand:
        rounds: dict[str, list[tuple[float, float]]] = {part: [] for part in GOALS_S}
        for number in range(1, ROUNDS + 1):
            for part in GOALS_S:
                bench.say(f"kill -9 of the {NAMES[part]}, round {number}")
                rounds[part].append(recovery(stand, part))
    for part, goal_s in GOALS_S.items():
        yield Figure(
            f"first good answer after a kill of the {NAMES[part]}",
            statistics.median(answered_s for answered_s, _ in rounds[part]),
            "s",
            at_most=goal_s,
            remark=f"median of {ROUNDS}; longest {max(answered_s for answered_s, _ in rounds[part]):.1f} s",
        )
        yield Figure(
            f"of it, after the {NAMES[part]} itself was there again",
            statistics.median(answered_s - listens_s for answered_s, listens_s in rounds[part]),
            "s",
        )


def recovery(stand: Stand, part: str) -> tuple[float, float]:
    """Seconds from the kill to the first good answers of both services, and to the end of the part's own start."""
    with Crowd(stand, CROWD) as crowd:
        crowd.wait_for(DUES)
        killed_at = time.monotonic()
        stand.stack.kill_process(part)
        dead_at = time.monotonic()
        listens_at = started_again(stand, part)
        answered_at = max(crowd.first_good(path, since=dead_at) for path in CROWD)
    return answered_at - killed_at, listens_at - killed_at


def started_again(stand: Stand, part: str) -> float:
    """When the part could serve again."""
    if part in stand.stack.suite.processes:
        stand.stack.start_process(part)
    else:
        stand.stack.restart_server(part)
    return time.monotonic()
