"""The data folder: who uses it, what is in it, and whether what is in it is whole.

Nothing outside this folder is written by a start. One start at a time holds it (``flock``, so that a killed start holds nothing).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from deploy.local.failures import Refusal

START_NEEDS_BYTES = 300 * 1024**2
FIRST_START_NEEDS_BYTES = 800 * 1024**2
"""The first start also makes the databases and loads the county: measured 350 MB, write-ahead log included."""

OWN_NAMES = (
    *("postgres", "rabbitmq", "blobs", "wechat", "wechat-simulator", "logs", "processes", "stamps"),
    *("secrets.json", "ports.json", "accounts.txt", "accounts.json", "founding.json", "start.lock"),
)
"""All that a start makes here: what ``make reset`` may delete, and nothing else."""


@dataclass(frozen=True)
class DataFolder:
    """Paths below the data folder, and the claim on it."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def rabbitmq(self) -> Path:
        return self.path / "rabbitmq"

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def processes(self) -> Path:
        return self.path / "processes"

    @property
    def accounts(self) -> Path:
        """Demonstration accounts as text for people, written by who creates them."""
        return self.path / "accounts.txt"

    @property
    def founding(self) -> Path:
        """The county's first administrators, as the demonstration founds it; written beside the accounts."""
        return self.path / "founding.json"

    @property
    def loading(self) -> Path:
        """Written before the demonstration county is loaded."""
        return self.path / "stamps" / "county-loading"

    @property
    def loaded(self) -> Path:
        """Written after it was loaded, last of all."""
        return self.path / "stamps" / "county-loaded"

    def claim(self) -> TextIO:
        """Makes the folder and holds it until the file is closed. Raises Refusal when somebody else has it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._require_own()
            held = (self.path / "start.lock").open("a+")
        except (PermissionError, NotADirectoryError, FileExistsError):
            raise Refusal(
                f"The data folder {self.path} cannot be written by this user: start as its owner, "
                "or set DATA_DIR to another folder."
            ) from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            who = held.read().strip()
            held.close()
            raise Refusal(
                f"It runs already ({who or 'starting'}): stop it there with Ctrl-C first, "
                "or set DATA_DIR to another folder for a second one."
            ) from None
        self.note_holder(held, f"process {os.getpid()}")
        for folder in (self.blobs, self.logs, self.processes, self.loading.parent):
            folder.mkdir(parents=True, exist_ok=True)
        return held

    def _require_own(self) -> None:
        """Servers that run as this user can't use the files of another user's start, root's included."""
        lock = self.path / "start.lock"
        if not lock.exists() or lock.stat().st_uid == os.geteuid():
            return
        raise Refusal(
            f"The data folder {self.path} belongs to {lock.owner()}: start as that user, "
            "or set DATA_DIR to another folder."
        )

    @staticmethod
    def note_holder(held: TextIO, text: str) -> None:
        """Tells a second start who holds the folder."""
        held.truncate(0)
        held.write(f"{text}\n")
        held.flush()

    def require_space(self, free_bytes: int | None = None) -> None:
        """Raises Refusal when the disk is nearly full: a database that runs out of disk stops in the middle."""
        needed = START_NEEDS_BYTES if self.loaded.exists() else FIRST_START_NEEDS_BYTES
        free = shutil.disk_usage(self.path).free if free_bytes is None else free_bytes
        if free < needed:
            raise Refusal(
                f"Only {free // 1024**2} MB are free on the disk of {self.path} and a start needs "
                f"{needed // 1024**2} MB: free some space, or set DATA_DIR to a folder on another disk."
            )

    def require_whole(self) -> None:
        """Raises Refusal for a folder that an interrupted or a foreign hand left half-made."""
        missing = [path.name for path in (self.path / "secrets.json",) if not path.exists()]
        database = self.postgres / "data"
        if database.exists() and (missing or not (database / "PG_VERSION").exists()):
            lost = "its passwords" if missing else "part of its database"
            raise Refusal(
                f"The data folder {self.path} has lost {lost}: put the missing files back, or run `make reset` "
                "to begin with an empty one."
            )

    def reset(self) -> None:
        """Deletes what starts made here. Raises Refusal while one is running."""
        with self.claim():
            for name in OWN_NAMES:
                path = self.path / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
