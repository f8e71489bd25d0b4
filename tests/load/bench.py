"""``make bench``: runs every measurement and writes docs/performance.md.

``python -m tests.load.bench [name …]`` runs only those named and prints, but writes nothing: the document is of one whole run.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.load.figures import Bench, Figure

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "performance.md"
NO_MEASUREMENTS = frozenset({"__init__", "bench", "figures"})


def names() -> list[str]:
    """The measurements there are: modules of this folder with ``figures``; others are their tools."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if path.stem not in NO_MEASUREMENTS and "def figures(" in path.read_text(encoding="utf-8")
    )


def run(wanted: list[str]) -> Iterator[tuple[str, list[Figure]]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user beneath it when we are root
        for name in wanted:
            room = Path(folder) / name
            room.mkdir()
            bench = Bench(room, lambda text, name=name: _say(f"{name}: {text}"))  # type: ignore[misc]
            yield name, list(importlib.import_module(f"tests.load.{name}").figures(bench))


def table(figures: list[Figure]) -> str:
    lines = ["| measure | figure | goal | |", "| --- | --- | --- | --- |"]
    for one in figures:
        verdict = {True: "met", False: "missed", None: ""}[one.is_met]
        remark = f"<br>{one.remark}" if one.remark else ""
        lines.append(f"| {one.name}{remark} | {_number(one.value)} {one.unit} | {_goal(one)} | {verdict} |")
    return "\n".join(lines)


def document(results: dict[str, list[Figure]], machine: str, day: str) -> str:
    parts = [
        "# What the hot paths cost",
        "Written by `make bench`, not by hand. Ratios were taken in one run with their sides interleaved; absolute figures are "
        "this machine's on that day and swing with what else it does.",
        f"Measured on {day}: {machine}.",
    ]
    for name, figures in results.items():
        module = importlib.import_module(f"tests.load.{name}")
        parts.append(f"## {(module.__doc__ or name).splitlines()[0].rstrip('.')}")
        parts.append(f"`python -m tests.load.bench {name}`")
        parts.append(table(figures))
    return "\n\n".join(parts) + "\n"


def machine_name() -> str:
    """What the figures were taken on, without what would name its owner."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{len(os.sched_getaffinity(0))} cores of {model}, {pages / 2**30:.0f} GiB, Python {platform.python_version()}"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _goal(one: Figure) -> str:
    if one.at_most is not None:
        return f"{_number(one.at_most)} or less"
    return f"{_number(one.at_least)} or more" if one.at_least is not None else ""


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def main(arguments: list[str]) -> int:
    wanted = arguments or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}; there are: {', '.join(names())}.", file=sys.stderr)
        return 2
    results: dict[str, list[Figure]] = {}
    for name, figures in run(wanted):
        results[name] = figures
        print(table(figures), flush=True)
    if not arguments:
        DOCUMENT.write_text(document(results, machine_name(), f"{datetime.now(UTC):%Y-%m-%d}"), encoding="utf-8")
        _say(f"written to {DOCUMENT.name}")
    return 0 if all(one.is_met is not False for figures in results.values() for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
