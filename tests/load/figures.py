"""What a measurement says, and what it may use.

A measurement is a module of this folder with ``figures(bench: Bench) -> Iterator[Figure]``. It compares within one run, its sides
interleaved: absolute figures of a shared machine swing by a third from minute to minute, ratios much less.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
ROUNDS = 3
"""Of two interleaved sides; the median of their ratios is told."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    """``x`` for a ratio, otherwise ``ms``, ``CPU-ms``, ``s``, ``MiB``, ``a second``."""
    at_most: float | None = None
    at_least: float | None = None
    remark: str = ""
    """How it was taken, in a few words."""

    @property
    def is_met(self) -> bool | None:
        """None for a figure without a goal, told for itself."""
        if self.at_most is None and self.at_least is None:
            return None
        low_enough = self.at_most is None or self.value <= self.at_most
        return low_enough and (self.at_least is None or self.value >= self.at_least)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run gives its measurements."""

    folder: Path
    """For data that are thrown away."""
    say: Callable[[str], None]
    """Tells the person who waits what goes on."""

    def room(self, name: str) -> Path:
        """A new folder."""
        room = self.folder / name
        room.mkdir()
        return room


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that these processes have used up to now, all threads; one that has ended counts nothing."""
    return sum(_ticks(pid) for pid in pids) / TICKS_A_SECOND


def family(pid: int) -> list[int]:
    """A process and all processes beneath it, such as gunicorn's workers or PostgreSQL's backends."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += _children(one)
    return found


def memory_mib(pid: int) -> float:
    """What a process holds of the machine's memory for itself alone and its share of what it shares (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def interleaved(
    one: Callable[[], float], other: Callable[[], float], rounds: int = ROUNDS
) -> tuple[float, float, float]:
    """Both rates in turns: the median of ``one``, of ``other``, and of one to other within each turn."""
    pairs = [(one(), other()) for _ in range(rounds)]
    ratios = [first / second for first, second in pairs]
    return _median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs]), _median(ratios)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of 100 do not exceed. Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _ticks(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = text.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(one) for one in task.read_text(encoding="ascii").split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
