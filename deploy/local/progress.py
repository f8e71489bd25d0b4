"""Short lines for the person who waits: seconds since the start, and what happened."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO


class Progress:
    """Prints whole lines, also when several steps report at once."""

    def __init__(self, out: TextIO | None = None, started_at: float | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self._started_at = time.monotonic() if started_at is None else started_at
        self._lock = threading.Lock()

    @property
    def started_at(self) -> float:
        """On the monotonic clock, so that a following process can count on from here."""
        return self._started_at

    def say(self, text: str) -> None:
        """One line with the seconds since the start."""
        self._print(f"{time.monotonic() - self._started_at:6.1f} s  {text}")

    def plain(self, text: str) -> None:
        """Text without the seconds: the final words."""
        self._print(text)

    def _print(self, text: str) -> None:
        with self._lock:
            print(text, file=self._out, flush=True)
