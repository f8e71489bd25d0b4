"""Steps of the set-up: in order where they must, at once where they may, and a failure in words."""

from __future__ import annotations

import errno
import sys
import threading
from pathlib import Path

import pytest

from deploy.local.failures import Refusal
from deploy.local.steps import Step, command, run_steps

WITHIN_S = 5


def test_independent_steps_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=WITHIN_S)
    run_steps([Step("one", lambda: both.wait() and None), Step("other", lambda: both.wait() and None)])


def test_a_step_waits_for_those_before_it() -> None:
    done: list[str] = []
    run_steps(
        [
            Step("last", lambda: done.append("last"), after=("middle",)),
            Step("middle", lambda: done.append("middle"), after=("first",)),
            Step("first", lambda: done.append("first")),
        ]
    )
    assert done == ["first", "middle", "last"]


def test_the_first_failure_is_raised_and_nothing_begins_after_it() -> None:
    done: list[str] = []
    told: list[str] = []

    def fail() -> None:
        raise Refusal("the first")

    steps = [Step("first", fail), Step("second", lambda: done.append("second"), after=("first",))]
    with pytest.raises(Refusal, match="the first"):
        run_steps(steps, on_failure=lambda: told.append("told"))
    assert done == []
    assert told == ["told"]


def test_a_full_disk_becomes_a_sentence() -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/file")

    with pytest.raises(Refusal, match=r"The disk is full \(/data/file\): free some space and start again"):
        run_steps([Step("one", fail)])


def test_a_failed_command_gives_its_advice_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "step.log"
    with pytest.raises(Refusal, match=r"Try again\. The reason stands at the end of .*step\.log"):
        command([sys.executable, "-c", "print('why'); raise SystemExit(1)"], log, advice="Try again.")
    assert log.read_text() == "why\n"


def test_a_command_that_met_a_full_disk_says_that(tmp_path: Path) -> None:
    program = "print('error: No space left on device (os error 28)'); raise SystemExit(1)"
    with pytest.raises(Refusal, match="The disk is full"):
        command([sys.executable, "-c", program], tmp_path / "step.log", advice="Try again.")


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"Try again\. The program /nowhere/npm is missing"):
        command(["/nowhere/npm", "ci"], tmp_path / "step.log", advice="Try again.")
