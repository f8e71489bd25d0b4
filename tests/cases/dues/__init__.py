"""Worked cases of dues as data. Read here by the domain's tests and by those that send them through HTTP."""

import json
from pathlib import Path
from typing import Any

CALCULATIONS = Path(__file__).with_name("calculations.json")


def load_calculations() -> list[dict[str, Any]]:
    """Each case: name, given, expect. The file's own ``about`` says what the fields mean."""
    cases: list[dict[str, Any]] = json.loads(CALCULATIONS.read_text(encoding="utf-8"))["cases"]
    return cases
