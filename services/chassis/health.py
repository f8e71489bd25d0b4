"""Health: whether this process lives and can serve, found within a bounded time.

Owns the running of checks, not the checks: who has a database or a broker adds one. A report names checks and kinds of
error, never an error's text, because ``/readyz`` may be open to anybody; the text goes to the log.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from services.chassis.logging import get_logger

MAX_CHECKS = 16
CHECK_TIMEOUT_S = 2.0  # orchestrators give a probe about three seconds
KEPT_S = 1.0  # however often a probe is asked, the database is not asked more often than this

_log = get_logger("health")


class _Check:
    """One check and its last answer. At most one run at a time: a hanging check holds one thread, not one per probe."""

    def __init__(self, name: str, look: Callable[[], object], timeout_s: float) -> None:
        self.name = name
        self._look = look
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._done: threading.Event | None = None
        self._asked_at = 0.0
        self._problem: str | None = None

    def start(self) -> None:
        """Begins a run, unless one is under way or the last answer is fresh."""
        with self._lock:
            if self._done is not None and (not self._done.is_set() or monotonic() - self._asked_at < KEPT_S):
                return
            self._done, self._asked_at = threading.Event(), monotonic()
            threading.Thread(target=self._run, args=(self._done,), name=f"check {self.name}", daemon=True).start()

    def problem(self) -> str | None:
        """None when all is well, else what is not. Waits until the check's time is over, at most."""
        done = self._done
        if done is not None and done.wait(max(0.0, self._asked_at + self._timeout_s - monotonic())):
            return self._problem
        return f"no answer within {self._timeout_s:g} s"

    def _run(self, done: threading.Event) -> None:
        problem = None
        try:
            if self._look() is False:
                problem = "not well"
        except Exception as error:  # noqa: BLE001  # whatever a check raises means that the thing is not well
            problem = type(error).__name__
            _log.warning("health_check_failed", check=self.name, exc_info=error)
        self._problem = problem
        done.set()


class Checks:
    """A named set of checks, such as the ones behind ``/readyz``. An empty set is well: the process answers."""

    def __init__(self) -> None:
        self._checks: dict[str, _Check] = {}

    def add(self, name: str, look: Callable[[], object], timeout_s: float = CHECK_TIMEOUT_S) -> None:
        """Adds a check: well unless ``look`` raises, returns False or takes longer than its time."""
        if name in self._checks or len(self._checks) >= MAX_CHECKS:
            raise ValueError(f"a check of this name stands already, or there are more than {MAX_CHECKS}: {name!r}")
        self._checks[name] = _Check(name, look, timeout_s)

    def run(self) -> tuple[bool, dict[str, object]]:
        """Whether all is well, and the report. All checks run at once, so it takes as long as the slowest may."""
        for check in self._checks.values():
            check.start()
        problems = {name: check.problem() for name, check in self._checks.items()}
        well = not any(problems.values())
        return well, {"status": "ok" if well else "failing", "checks": {k: v or "ok" for k, v in problems.items()}}
