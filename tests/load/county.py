"""A county's roster, its members' assessments and its months, through the gateway at full durability.

The demonstration county is loaded as an administrator would: 27,385 rows checked in a dry run, brought in, three months opened.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.demo import __main__ as demo
from deploy.demo.bar import Bar
from deploy.demo.generator import MEMBERS
from deploy.local.processes import order
from deploy.local.stack import Stack
from tests.load.figures import Bench, Figure, family

DEMO = "demo"
CHECKING, OPENING = "checking the roster", "opening "
MOST_MIB = 400
JUDGED = ("members", "members-jobs", "dues", "dues-jobs", "gateway")


class Stopwatch(Bar):
    """When each step was first spoken of."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.at: dict[str, float] = {}

    def show(self, sentence: str, percent: int) -> None:
        self.at.setdefault(sentence, time.monotonic())


def figures(bench: Bench) -> Iterator[Figure]:
    with Stack(bench.room("county"), {"GATEWAY_RATE_LIMIT_SCALE": "100"}, durable=True) as stack:
        for name in order():
            if name != DEMO:
                stack.start_process(name)
        watch = Stopwatch()
        demo.load(stack.environment(), watch)
        peaks = {name: max(_peak_mib(pid) for pid in family(stack.suite.children[name].pid)) for name in JUDGED}
    sentences = list(watch.at)
    began = sentences.index(CHECKING)
    ended = next(place for place in range(began, len(sentences)) if "members and" in sentences[place])
    steps = [(one, watch.at[one]) for one in sentences]
    months = [place for place, one in enumerate(sentences) if one.startswith(OPENING)]
    longest_s = max(steps[place + 1][1] - steps[place][1] for place in months)
    yield Figure(f"dry run and import of {MEMBERS:,} rows", steps[ended][1] - steps[began][1], "s", at_most=20.0)
    yield Figure("opening a month for them", longest_s, "s", at_most=10.0, remark=f"the longest of {len(months)}")
    told = ", ".join(f"{name} {peak:.0f}" for name, peak in peaks.items())
    yield Figure("most memory that a process ever held", max(peaks.values()), "MiB", at_most=MOST_MIB, remark=told)


def _peak_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0) / 1024
