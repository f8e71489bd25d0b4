"""How long what failed is left alone: a wait for each key that doubles with each failure, up to a longest one.

Kept in memory: who starts anew tries everything at once, which costs one failure each.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

KEYS_AT_MOST = 1_000
"""Above it the key whose wait ends first is forgotten, and tried early."""


class _Wait(NamedTuple):
    failures: int
    until: float


class Patience:
    """Waits by key. For one greenlet or thread at a time."""

    def __init__(self, first_s: float, longest_s: float, seconds: Callable[[], float] = monotonic) -> None:
        self.first_s, self.longest_s = first_s, longest_s
        self._seconds = seconds
        self._waits: dict[str, _Wait] = {}

    def failed(self, key: str) -> float:
        """Leaves the key alone for a while; for how many seconds."""
        failures = self._waits[key].failures + 1 if key in self._waits else 1
        if failures == 1 and len(self._waits) >= KEYS_AT_MOST:
            del self._waits[min(self._waits, key=lambda one: self._waits[one].until)]
        wait_s = self.first_s
        for _ in range(1, failures):
            wait_s = min(wait_s * 2, self.longest_s)
            if wait_s == self.longest_s:
                break
        self._waits[key] = _Wait(failures, self._seconds() + wait_s)
        return wait_s

    def succeeded(self, key: str) -> None:
        """The next failure is a first one again."""
        self._waits.pop(key, None)

    def leaves_alone(self, key: str) -> bool:
        wait = self._waits.get(key)
        return wait is not None and self._seconds() < wait.until

    def left_alone(self) -> list[str]:
        """All keys that are left alone now."""
        return [key for key in self._waits if self.leaves_alone(key)]
