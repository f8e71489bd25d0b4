"""Watches over a running suite: starts again what ends by itself, within bounds, and keeps the logs bounded."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict, deque

from deploy.local.failures import Refusal
from deploy.local.folder import START_NEEDS_BYTES
from deploy.local.progress import Progress
from deploy.local.suite import Suite

WATCH_S = 0.2
TIDY_EVERY_S = 30.0
RESTART_WINDOW_S = 120.0
RESTART_WAITS_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Before each new start within the window. What ends once more has a fault that another start will not mend."""

DISK_LOW_BYTES = START_NEEDS_BYTES // 2


class Watch:
    """Looks at the children a few times a second, until the suite is asked to stop."""

    def __init__(self, suite: Suite, progress: Progress) -> None:
        self._suite, self._progress = suite, progress
        self._ends: defaultdict[str, deque[float]] = defaultdict(deque)
        self._due_at: dict[str, float] = {}
        self._tidy_at = time.monotonic() + TIDY_EVERY_S
        self._told_of_disk = False

    def until_asked(self) -> None:
        """Returns when the suite is asked to stop. Raises Refusal when starting again does not help."""
        while not self._suite.stopping.wait(WATCH_S):
            now = time.monotonic()
            for name in self._ended():
                if name not in self._due_at:
                    self._due_at[name] = now + self._wait_before(name, now)
                elif now >= self._due_at[name]:
                    del self._due_at[name]
                    self._suite.restart(name)
            if now >= self._tidy_at:
                self._tidy(now)

    def _ended(self) -> list[str]:
        """Names of those that should run and do not."""
        processes, children = self._suite.processes, self._suite.children
        lasting = [name for name in children if name not in processes or not processes[name].runs_once]
        return [name for name in lasting if children[name].poll() is not None]

    def _wait_before(self, name: str, now: float) -> float:
        """Seconds until the next start. Raises Refusal when there were too many."""
        ends, log = self._ends[name], self._suite.log_of(name)
        while ends and now - ends[0] > RESTART_WINDOW_S:
            ends.popleft()
        if len(ends) == len(RESTART_WAITS_S):
            raise Refusal(
                f"{name} ended {len(ends) + 1} times within {RESTART_WINDOW_S / 60:.0f} minutes: "
                f"its log {log} says why; mend that and start again."
            )
        wait_s = RESTART_WAITS_S[len(ends)]
        ends.append(now)
        code = self._suite.children[name].code
        self._progress.say(f"{name} ended by itself (code {code}, see {log}); it starts again in {wait_s:g} s")
        return wait_s

    def _tidy(self, now: float) -> None:
        self._tidy_at = now + TIDY_EVERY_S
        self._suite.bound_logs()
        free = shutil.disk_usage(self._suite.folder.path).free
        if free < DISK_LOW_BYTES and not self._told_of_disk:
            self._progress.say(f"only {free // 1024**2} MB are free on the disk: free some space before it is full")
        self._told_of_disk = free < DISK_LOW_BYTES
