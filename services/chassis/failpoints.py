"""Failpoints: named steps at which a fault bench may kill the process, or raise, to see what is left of the work.

Off unless the process is told a folder, which settings refuse where money is real; off, a step costs one comparison. The folder
belongs to the bench: a file named for a point arms it, with the words ``kill`` or ``raise`` and, if not 1, which passage from
now it means. A point strikes once and is then disarmed, so that what is started again goes on.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

KILL, RAISE = "kill", "raise"
MAX_WORDS = 100
"""Bytes of an arming file that are read."""

_folder: Path | None = None


class FailpointReached(Exception):
    """A fault that no code foresees: it stands for a bug or a lost resource at this step."""


def set_up(folder: Path | None) -> None:
    """Called once at a process's start; None leaves every point off."""
    global _folder  # noqa: PLW0603 (one for the process, as the points are)
    _folder = folder


def reach(*names: str) -> None:
    """A step of the work; its name is the parts joined by dots. Raises FailpointReached, or ends the process, when armed."""
    if _folder is not None:
        _strike(_folder, ".".join(names))


def _strike(folder: Path, point: str) -> None:
    words = _armed(folder / point)
    if not words:
        return
    passage = int(words[1]) if len(words) > 1 else 1
    if passage > 1:
        (folder / point).write_text(f"{words[0]} {passage - 1}")
        return
    if not _disarmed(folder / point):
        return
    if words[0] == KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointReached(point)


def _armed(file: Path) -> list[str]:
    try:
        with file.open("rb") as words:
            return words.read(MAX_WORDS).decode("ascii").split()
    except FileNotFoundError:
        return []


def _disarmed(file: Path) -> bool:
    """Whether this passage is the one that strikes: of several at once only one takes the file away."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True
