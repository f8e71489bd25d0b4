"""A small suite for the runner's tests: ``python -m tests.integration.runner_placeholder [ROLE]``.

Without a role it is the runner itself, with these processes in place of the real ones. The roles are processes as plain as
they can be: some run once and leave a line in the order's file, some answer a probe until they are asked to stop.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from deploy.local.processes import BROKER, POSTGRES, Probe, Process

HERE = ("python", "-m", "tests.integration.runner_placeholder")
LOAD_S = 0.5


def _once(name: str, *after: str, **more: Any) -> Process:
    return Process(name, (*HERE, name), ("MEMBERS_DATABASE_URL", "DUES_DATABASE_URL"), after, **more)


PROCESSES = (
    _once("migrate-members", POSTGRES),
    _once("migrate-dues", POSTGRES),
    _once("declare", BROKER),
    Process("members", (*HERE, "members"), ("METRICS_PORT",), ("migrate-members", "declare"), Probe("METRICS_PORT")),
    Process("dues", (*HERE, "dues"), ("METRICS_PORT",), ("migrate-dues", "declare"), Probe("METRICS_PORT")),
    Process("gateway", (*HERE, "gateway"), ("GATEWAY_PORT",), ("members", "dues"), Probe("GATEWAY_PORT")),
    _once("demo", "gateway", first_start_only=True),
)


def note(text: str) -> None:
    """One line in the file of what happened, whole even when several processes write."""
    with Path(os.environ["RUNNER_EVENTS"]).open("a") as file:
        file.write(f"{text}\n")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def asked(variable: str, name: str) -> bool:
    """Whether the test wants this of the process with this name."""
    return name in os.environ.get(variable, "").split()


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Nothing."""


def serve(name: str, port: int) -> None:
    def stop(*_: object) -> None:
        note(f"{name} stopped")
        raise SystemExit(0)

    if asked("RUNNER_BREAKS", name) and f"{name} started" in Path(os.environ["RUNNER_EVENTS"]).read_text():
        say(f"{name} breaks on purpose")
        raise SystemExit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if asked("RUNNER_STUBBORN", name) else stop)
    note(f"{name} started {os.getpid()}")
    with HTTPServer(("127.0.0.1", port), _Answer) as server:
        server.serve_forever()


def once(name: str) -> None:
    if name == "demo":
        note("demo begun")
        say("loading 50 % … loading 100 %")
        time.sleep(float(os.environ.get("RUNNER_LOAD_S", LOAD_S)))
    note(f"{name} done")


def run() -> int:
    from deploy.local import run as runner  # only the runner needs them, and the roles start faster without
    from deploy.local import watch

    if "RUNNER_RESTART_WAITS" in os.environ:
        watch.RESTART_WAITS_S = tuple(float(text) for text in os.environ["RUNNER_RESTART_WAITS"].split())
    return runner.main([], processes=PROCESSES)


def main(arguments: list[str]) -> int:
    if not arguments:
        return run()
    name = arguments[0]
    if asked("RUNNER_FAILS", name):
        say(f"{name} fails on purpose")
        return 1
    port = os.environ.get("GATEWAY_PORT" if name == "gateway" else "METRICS_PORT")
    if port is None:
        once(name)
    else:
        serve(name, int(port))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
