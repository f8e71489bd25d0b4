"""A progress bar for the person who waits: one line that fills on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 24


class Bar:
    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self._lives = self._out.isatty()
        self._last = ""
        self._began_at = time.monotonic()

    def show(self, sentence: str, percent: int) -> None:
        """``percent`` is of this step."""
        filled = WIDTH * max(0, min(100, percent)) // 100
        line = f"  [{'#' * filled}{'.' * (WIDTH - filled)}] {sentence}"
        if self._lives:
            self._out.write(f"\r\033[K{line}")
            self._out.flush()
        elif sentence != self._last:
            self._out.write(f"  {sentence}\n")
            self._out.flush()
        self._last = sentence

    def done(self, sentence: str) -> None:
        """Ends a step and says how long it took."""
        now = time.monotonic()
        self.show(f"{sentence} ({now - self._began_at:.1f} s)", 100)
        self._began_at = now
        if self._lives:
            self._out.write("\n")
            self._out.flush()
        self._last = ""
