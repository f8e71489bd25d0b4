"""Does things later: one thread that waits, a few that work, a bound on what may be waiting.

Knows nothing of WeChat. What is scheduled is lost at a stop; whoever schedules takes it up again from the journal.
"""

from __future__ import annotations

import heapq
import itertools
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

WORKERS = 64
"""Notices that travel at once: while a merchant does not answer, each holds one for seconds, and the others are not to wait."""
MAX_WAITING = 200_000
STOP_WAIT_S = 10

Action = Callable[[], None]


class Scheduler:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._stopping = False
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="later")
        # Taken before an action leaves the heap, so that the bound on the heap bounds everything that waits.
        self._free = threading.BoundedSemaphore(WORKERS)
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def later(self, wait: timedelta, action: Action) -> None:
        """Raises OverflowError beyond the bound: better loud than a queue without end."""
        with self._changed:
            if len(self._heap) >= MAX_WAITING:
                raise OverflowError(f"{MAX_WAITING} things are waiting already")
            due = time.monotonic() + max(0.0, wait.total_seconds())
            heapq.heappush(self._heap, (due, next(self._numbers), action))
            self._changed.notify()

    @property
    def is_stopping(self) -> bool:
        """Long actions look here between their steps."""
        return self._stopping

    def stop(self) -> None:
        """What has begun is finished; what waits is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while (action := self._next()) is not None:
            self._free.acquire()
            self._workers.submit(self._work, action)

    def _work(self, action: Action) -> None:
        """A fault in one action must not end the thread that serves all."""
        try:
            action()
        except Exception:  # noqa: BLE001 - shown; the next action runs
            traceback.print_exc(file=sys.stderr)
        finally:
            self._free.release()

    def _next(self) -> Action | None:
        """Waits for what is due; None when it is time to stop."""
        with self._changed:
            while not self._stopping:
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(wait)
            return None
