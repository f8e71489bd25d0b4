"""Counters of rate limits in this process's memory, of a bounded number.

Counts under one lock, in fixed windows that begin with their first request. When full it drops what has run out, then what runs
out first.
"""

from __future__ import annotations

import heapq
import threading
import time

MAX_COUNTERS = 100_000
"""About 20 MB: a hundred thousand people and addresses within one window, three times the county."""
DROPPED_AT_ONCE = 10_000
Key = tuple[str, int, str]
"""What is counted, its window in seconds, and whose it is."""


class BoundedCounters:
    def __init__(self, most: int = MAX_COUNTERS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._counts: dict[Key, list[float]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, key: Key) -> tuple[int, float]:
        """How many there were in this window, this one included, and in how many seconds the next one begins."""
        now_s = time.time()
        with self._lock:
            entry = self._counts.get(key)
            if entry is None or entry[1] <= now_s:
                if entry is None and len(self._counts) >= self._most:
                    self._make_room(now_s)
                entry = self._counts[key] = [0, now_s + key[1]]
            entry[0] += 1
            return int(entry[0]), entry[1] - now_s

    def _make_room(self, now_s: float) -> None:
        over = [key for key, (_, ends_s) in self._counts.items() if ends_s <= now_s]
        if not over:
            over = heapq.nsmallest(
                min(DROPPED_AT_ONCE, self._most // 10 or 1), self._counts, lambda key: self._counts[key][1]
            )
        for key in over:
            del self._counts[key]
