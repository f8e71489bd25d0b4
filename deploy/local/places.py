"""Where things are: the project, its set-up folder, the data folder. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Project:
    """The folders of one checkout. Tests make a small one of their own."""

    root: Path

    @property
    def setup(self) -> Path:
        """What the set-up keeps for itself: its tools, its logs, its lock. Not part of the data."""
        return self.root / ".data" / "setup"

    @property
    def environment(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    @property
    def lock(self) -> Path:
        return self.root / "requirements.lock"

    @property
    def pages(self) -> Path:
        return self.root / "gateway" / "h5"

    def data(self, environment: Mapping[str, str] | None = None) -> Path:
        """The data folder: DATA_DIR, or ``.data`` in the project."""
        chosen = (os.environ if environment is None else environment).get("DATA_DIR", "").strip()
        return Path(chosen).absolute() if chosen else self.root / ".data"


PROJECT = Project(ROOT)
