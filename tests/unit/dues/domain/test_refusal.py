"""Refusals: each code stands in the table, and no code of the table is dead."""

import re
from pathlib import Path

import pytest

from services.dues import domain
from services.dues.domain.refusal import REFUSALS, Refusal, RefusalKind, refuse

SOURCES = [path for root in domain.__path__ for path in Path(root).rglob("*.py") if path.name != "refusal.py"]


def test_refusal_outside_the_table_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="table"):
        Refusal("dues.because")


def test_refusal_tells_kind_sentence_and_plain_details() -> None:
    found = refuse("dues.total_changed", expected_fen=1, total_fen=2)
    assert found.kind is RefusalKind.CONFLICT
    assert found.sentence.endswith(".")
    assert found.detail == {"expected_fen": 1, "total_fen": 2}


def test_every_code_of_the_table_is_used_by_a_rule_and_every_rule_uses_the_table() -> None:
    used = {code for path in SOURCES for code in re.findall(r'"(dues\.[a-z_]+)"', path.read_text(encoding="utf-8"))}
    assert used == set(REFUSALS)
