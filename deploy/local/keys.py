"""Secrets of a local installation: made once, kept in one file that only its owner can read.

WeChat's simulated keys are made by the simulator's own module, which alone knows their shape.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

KEY_BYTES = 32
OWNER_ONLY = 0o600


def load_or_make(file: Path) -> dict[str, str]:
    """The secrets by name; those that the file does not have yet are added."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    made = {
        "SEAL_KEYS": lambda: f"k1:{_key()}",
        "INDEX_KEY": _key,
        "TOKEN_KEY": _key,
        **dict.fromkeys(("postgres", "members", "dues", "rabbitmq", "erlang-cookie"), _password),
    }
    missing = {name: make() for name, make in made.items() if name not in known}
    if missing:
        known |= missing
        write_private(file, json.dumps(known, indent=2))
    return known


def write_private(file: Path, text: str) -> None:
    """Writes the file whole or not at all, readable by its owner only."""
    half = file.with_name(f"{file.name}.half")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _password() -> str:
    return secrets.token_hex(16)
