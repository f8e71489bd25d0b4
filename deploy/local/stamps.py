"""Stamps: small files, written last, that say what something was made from. Standard library only."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest_of(*paths: Path) -> str:
    """A hash over the contents of the files, in this order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp(path: Path) -> str | None:
    """What the stamp says, or None when it was never written."""
    try:
        return path.read_text()
    except (FileNotFoundError, NotADirectoryError):
        return None
