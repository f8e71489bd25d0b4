"""The table of the bench says what was measured and whether it is enough."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.load.bench import document, names, table
from tests.load.figures import Figure, cpu_seconds, family, interleaved, memory_mib, percentile


def test_goals_bind_in_their_own_direction() -> None:
    assert Figure("a", 4.0, "ms", at_most=4.0).is_met is True
    assert Figure("a", 4.1, "ms", at_most=4.0).is_met is False
    assert Figure("a", 0.19, "x", at_least=0.2).is_met is False
    assert Figure("a", 1.0, "s").is_met is None


def test_table_says_what_was_missed() -> None:
    text = table([Figure("an order", 5.125, "CPU-ms", at_most=4.0), Figure("rate", 1234.5, "a second", at_least=100)])
    assert "| an order | 5.12 CPU-ms | 4 or less | missed |" in text
    assert "| rate | 1,234 a second | 100 or more | met |" in text


def test_document_names_the_machine_and_the_command_of_each_part() -> None:
    text = document({name: [Figure("a", 1, "x")] for name in names()[:1]}, "2 cores", "2026-11-24")
    assert "2 cores" in text
    assert all(f"`python -m tests.load.bench {name}`" in text for name in names()[:1])


def test_median_of_the_ratios_is_taken_turn_by_turn() -> None:
    one, other = iter([2.0, 8.0, 3.0]), iter([1.0, 2.0, 3.0])
    assert interleaved(lambda: next(one), lambda: next(other)) == (3.0, 2.0, 2.0)


def test_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 9, 7], 50) == 7
    assert percentile(list(range(100)), 99) == 99


def test_processes_are_read_with_their_children() -> None:
    child = subprocess.Popen([sys.executable, "-c", "sum(range(10**7)); input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in family(os.getpid())
        assert memory_mib(os.getpid()) > 1
        assert cpu_seconds([os.getpid()]) > 0
    finally:
        child.communicate(b"\n", timeout=30)
    assert not Path(f"/proc/{child.pid}").exists() or child.returncode == 0
    assert cpu_seconds([child.pid]) == 0
