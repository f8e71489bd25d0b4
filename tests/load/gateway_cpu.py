"""What the gateway itself costs: CPU of its process for each request, and how long people wait beside it.

Several people ask over connections that they keep, through the real gateway, broker, service and database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

from tests.faults.gateway_stand import DUES, MEMBERS, Stand, standing
from tests.load.figures import Bench, Figure, cpu_seconds, family

PEOPLE = 8
WARM = 50
EACH = 400
REQUESTS = PEOPLE * EACH
GATEWAY_CPU_MS = 1.0
"""Of the 4 CPU-ms that gateway, service, broker and database may spend on an order together."""

PARTS = ("gateway", "dues", "rabbitmq", "postgres")


def figures(bench: Bench) -> Iterator[Figure]:
    with standing(bench.folder / "suite") as stand:
        bench.say("warming")
        ask_all(stand, DUES, WARM)
        ask_all(stand, MEMBERS, WARM)
        bench.say(f"{REQUESTS:,} requests for one's own dues")
        spent, rate = cost(stand, DUES)
        yield Figure(
            "gateway: CPU for a request (GET /v1/dues/mine)",
            spent["gateway"],
            "CPU-ms",
            at_most=GATEWAY_CPU_MS,
            remark=f"{REQUESTS:,} requests, {PEOPLE} people, {rate:,.0f} a second",
        )
        yield Figure(
            "the same, gateway, service, broker and database together",
            sum(spent.values()),
            "CPU-ms",
            remark=", ".join(f"{name} {ms:.2f}" for name, ms in spent.items()),
        )


def cost(stand: Stand, path: str) -> tuple[dict[str, float], float]:
    """CPU-ms a request of each part, and requests a second."""
    pids = {name: family(stand.stack.suite.children[name].pid) for name in PARTS}
    before = {name: cpu_seconds(found) for name, found in pids.items()}
    began = time.monotonic()
    ask_all(stand, path, EACH)
    took_s = time.monotonic() - began
    spent = {name: (cpu_seconds(found) - before[name]) * 1000 / REQUESTS for name, found in pids.items()}
    return spent, REQUESTS / took_s


def ask_all(stand: Stand, path: str, each: int) -> None:
    """Everybody asks so many times. Raises AssertionError when anybody was not served."""
    failed: list[object] = []
    threads = [threading.Thread(target=_ask, args=(stand, path, each, failed)) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, f"not served: {failed[:3]}"


def _ask(stand: Stand, path: str, each: int, failed: list[object]) -> None:
    connection = HTTPConnection("127.0.0.1", stand.port, timeout=30)
    headers = {"Authorization": f"Bearer {stand.token()}"}
    try:
        for _ in range(each):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                failed.append(response.status)
    except OSError as fault:
        failed.append(fault)
    finally:
        connection.close()
