"""The bank's memory: one JSON object a line, only ever appended, read back in full at start.

Owns one file and the lock that keeps a second simulator off it. Each line is with the operating system before the
caller goes on, so a killed process forgets nothing; a line that a crash cut in half was never acted upon and is dropped.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import Any

from deploy.wechat_simulator.settings import RefusesToStart

MAX_JOURNAL_BYTES = 1024 * 1024 * 1024
"""About two million payments; a simulator that reaches it is started with a fresh folder."""


class JournalFull(Exception):
    """The bound of the journal is reached: the simulator takes nothing more."""


class Journal:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: RawIOBase = self._path.open("ab", buffering=0)
        except OSError as error:
            raise RefusesToStart(f"The journal in {folder} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise RefusesToStart(f"Another WeChat simulator is using {folder}; stop it first.") from None
        self._bytes = self._drop_torn_line()

    def read(self) -> Iterator[dict[str, Any]]:
        """Each event in the order in which it was written. Raises RefusesToStart when a line is not one."""
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield json.loads(line)
                except ValueError:
                    raise RefusesToStart(
                        f"Line {number} of {self._path} cannot be read: restore the file or move it away."
                    ) from None

    def append(self, event: dict[str, Any]) -> None:
        """Raises JournalFull, OSError; then nothing was written that counts."""
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if self._bytes + len(line) > MAX_JOURNAL_BYTES:
            raise JournalFull
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, "the journal took only a part of a line")
        except OSError:
            # A full disk may have taken half of the line: cut it off, or the next one would be glued to it.
            os.ftruncate(self._file.fileno(), self._bytes)
            raise
        self._bytes += len(line)

    def close(self) -> None:
        self._file.close()

    def _drop_torn_line(self) -> int:
        """The size up to the last line feed; what follows it is cut off."""
        size = self._path.stat().st_size
        with self._path.open("rb+") as file:
            while size > 0:
                start = max(0, size - 64 * 1024)
                file.seek(start)
                last = file.read(size - start).rfind(b"\n")
                if last >= 0:
                    size = start + last + 1
                    break
                size = start
            file.truncate(size)
        return size
