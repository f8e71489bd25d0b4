"""Starts the runner as a person's terminal would, reads what it says, and looks for what it left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from deploy.local.places import ROOT

READY = "ready: open "
STARTS_WITHIN_S = 120
STOPS_WITHIN_S = 60
POLL_S = 0.05
NO_SERVERS = {
    "AMQP_URI": "amqp://nobody:none@127.0.0.1:1/",
    "MEMBERS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/members",
    "DUES_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/dues",
}
"""Given servers, which the placeholders never ask: then no private ones are started."""


def _as_on_a_terminal() -> None:
    """Ctrl-C counts, also where the tests themselves run in the background, which ignores it and hands that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """One run of the runner with placeholders for the suite's processes."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.events = data.with_name("events")
        self.said = data.with_name(f"said-{time.monotonic_ns()}")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AMQP_", "POSTGRES_"))},
            "DATA_DIR": str(data),
            "RUNNER_EVENTS": str(self.events),
            **environment,
        }
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> Run:
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.runner_placeholder"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_as_on_a_terminal,  # noqa: PLW1509 (no thread of ours holds a lock here)
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()

    @property
    def text(self) -> str:
        return self.said.read_text(errors="replace")

    @property
    def happened(self) -> list[str]:
        return self.events.read_text().splitlines() if self.events.exists() else []

    def wait_for(self, words: str, within_s: float = STARTS_WITHIN_S) -> None:
        until = time.monotonic() + within_s
        while words not in self.text:
            assert self.process.poll() is None, f"it ended before it said {words!r}:\n{self.text}"
            assert time.monotonic() < until, f"it did not say {words!r}:\n{self.text}"
            time.sleep(POLL_S)

    def wait_for_event(self, words: str, within_s: float = STARTS_WITHIN_S) -> None:
        until = time.monotonic() + within_s
        while not any(words in event for event in self.happened):
            assert time.monotonic() < until, f"{words!r} did not happen:\n{self.text}"
            time.sleep(POLL_S)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOPS_WITHIN_S)

    def ends(self, within_s: float = STARTS_WITHIN_S) -> int:
        return self.process.wait(within_s)

    def left(self) -> list[str]:
        """Command lines of living processes that belong to this data folder."""
        mine = f"DATA_DIR={self.data}".encode()
        folder = str(self.data).encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                line, told = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if mine in told.split(b"\0") or folder in line:
                found.append(line.replace(b"\0", b" ").decode(errors="replace"))
        return found

    def wait_until_nothing_is_left(self, within_s: float = STOPS_WITHIN_S) -> None:
        until = time.monotonic() + within_s
        while left := self.left():
            assert time.monotonic() < until, f"still there: {left}"
            time.sleep(POLL_S)
