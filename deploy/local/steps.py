"""Steps of the set-up that do not wait for each other run at the same time. Standard library only: nothing is installed yet."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.failures import Refusal, disk_sentence

COMMAND_TIMEOUT_S = 1_200
"""A slow mirror is waited for; a command that hangs is not waited for all day."""


@dataclass(frozen=True)
class Step:
    """One part of the set-up: begins when those named in ``after`` are done."""

    name: str
    work: Callable[[], None]
    after: tuple[str, ...] = ()


def run_steps(steps: Sequence[Step], on_failure: Callable[[], None] | None = None) -> None:
    """Runs all steps, each as early as it can. Raises the first failure when all that had begun have ended.

    ``on_failure`` is called after a step failed, to let the others know.
    """
    done = {step.name: threading.Event() for step in steps}
    failures: list[BaseException] = []

    def run(step: Step) -> None:
        try:
            for name in step.after:
                done[name].wait()
            if not failures:
                step.work()
        except BaseException as error:  # noqa: BLE001  # raised again below, in the main thread
            failures.append(error)
            if on_failure is not None:
                on_failure()
        finally:
            done[step.name].set()

    threads = [threading.Thread(target=run, args=(step,), name=step.name, daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sentence = disk_sentence(failures[0])
        if sentence is not None:
            raise Refusal(sentence) from failures[0]
        raise failures[0]


def command(
    argv: Sequence[str],
    log: Path,
    *,
    advice: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Runs a command with its output in a file. Raises Refusal: the advice, and where the output is."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            finished = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refusal(f"{advice} It took more than {COMMAND_TIMEOUT_S // 60} minutes; see {log}.") from None
        except FileNotFoundError as error:
            raise Refusal(f"{advice} The program {error.filename} is missing.") from None
    if finished.returncode != 0:
        if "No space left on device" in _end_of(log):
            raise Refusal("The disk is full: free some space and start again; what was there before is kept.")
        raise Refusal(f"{advice} The reason stands at the end of {log}.")


def _end_of(log: Path, size: int = 8_192) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        return file.read(size).decode(errors="replace")
