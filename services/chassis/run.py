"""Starts one service process: ``python -m services.chassis.run dues`` or ``… dues-jobs``.

The world is patched for eventlet before anything else is imported; a start-up check then proves that a query lets other workers
go on, since a driver that does not would freeze the whole process.
"""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")

import os  # noqa: E402

os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # its resolver is a quarter of a start's work; names.py does without

import eventlet  # noqa: E402
import eventlet.debug  # noqa: E402

eventlet.monkey_patch()
eventlet.debug.hub_exceptions(False)  # what a greenlet raises is logged by its own door, redacted; never printed raw

import importlib  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

import sqlalchemy as sa  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402

from services.chassis import failpoints, metrics  # noqa: E402
from services.chassis.database import Database  # noqa: E402
from services.chassis.health import Checks  # noqa: E402
from services.chassis.logging import configure, get_logger  # noqa: E402
from services.chassis.names import look_up_off_the_hub  # noqa: E402
from services.chassis.settings import SettingsError, load  # noqa: E402

look_up_off_the_hub()

WORKERS = 64
"""Places for greenlets: calls and events are bounded by their prefetch, the rest are timers."""
HEARTBEAT_S = 20
HUB_PROBE_S = 0.3
HUB_TICKS = 5
"""Of the about 30 that fit into the probe: far above the 0 or 1 of a driver that blocks."""
STOP_GRACE_S = 15.0
"""Longer than a call may take, shorter than whoever stops the process waits."""
EXIT_FORCED = 3
_log = get_logger("services.chassis.run")


def main(name: str) -> int:
    area = name.removesuffix("-jobs")
    try:
        module = importlib.import_module(f"services.{area}.service")
        service = module.SERVICES[name]
    except (ModuleNotFoundError, KeyError):
        print(f"There is no service called {name}.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        settings = load(service.core.settings_type)
    except SettingsError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 2
    configure(name, settings.log_level)
    failpoints.set_up(settings.failpoints)
    if settings.metrics_port is not None:
        checks = Checks()
        checks.add("database", Database(settings.database_url.reveal(), name=f"{name}-health", pool_size=1).answers)
        metrics.Server(settings.metrics_host, settings.metrics_port, {"/readyz": checks.run}).start()
    check_hub_stays_free(Database(settings.database_url.reveal(), name=f"{name}-probe", pool_size=1))
    serve(service, settings.amqp_uri.reveal(), settings.entrypoints)
    return 0


def serve(service: type[Any], amqp_uri: str, entrypoints: str) -> None:
    """Runs the service until it is asked to stop."""
    runner = ServiceRunner(
        {
            "AMQP_URI": amqp_uri,
            "max_workers": WORKERS,
            "HEARTBEAT": HEARTBEAT_S,
            "CHASSIS_ENTRYPOINTS": entrypoints,
        }
    )
    runner.add_service(service)
    stopping: list[bool] = []

    def stop(*_: object) -> None:
        if not stopping:
            stopping.append(True)
            eventlet.spawn_n(_stop, runner)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    runner.start()
    _log.info("started")
    eventlet.spawn(runner.wait).wait()
    _log.info("stopped")


def _stop(runner: ServiceRunner) -> None:
    """Lets calls under way end. Where the broker is gone nameko waits for it for ever: then the process ends all the same:
    that is safe, since what has not committed has not happened."""
    eventlet.spawn_after(STOP_GRACE_S, os._exit, EXIT_FORCED)
    runner.stop()


def check_hub_stays_free(database: Database) -> None:
    """Raises when a query keeps the other greenlets from running."""
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        until = time.monotonic() + HUB_PROBE_S
        while time.monotonic() < until:
            ticks += 1
            eventlet.sleep(0.01)

    ticking = eventlet.spawn(tick)
    with database.snapshot() as db:
        db.execute(sa.text("SELECT pg_sleep(:seconds)"), {"seconds": HUB_PROBE_S})
        during = ticks
    ticking.wait()
    database.close()
    if during < HUB_TICKS:
        raise RuntimeError("the database driver blocks all workers while one waits for a query")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m services.chassis.run SERVICE", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
