"""Nothing can be asked that nobody has said who may: each operation has its line in ``docs/authority.md``, and each line one."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

import pytest

from gateway.app import operations
from gateway.operation import Operation
from gateway.routes import ROUTES
from tests.architecture.source import Source, sources
from tests.integration.authority.policy import COLUMNS, read_policy

HEAD = "| `get_me` | - | "


def findings(named: Collection[str], lines: Collection[str]) -> list[str]:
    """Operations without a line of the policy, lines without an operation."""
    missing = [f"{name}: nobody has said in docs/authority.md who may" for name in sorted(set(named) - set(lines))]
    return missing + [f"{name}: a line of docs/authority.md about nothing" for name in sorted(set(lines) - set(named))]


def test_every_operation_has_its_line_of_the_policy() -> None:
    assert findings({declared.name for _, _, declared in operations(ROUTES)}, read_policy()) == []


def test_an_operation_without_a_line_and_a_line_without_an_operation_are_found() -> None:
    assert findings({"get_me", "planted"}, {"get_me", "gone"}) == [
        "planted: nobody has said in docs/authority.md who may",
        "gone: a line of docs/authority.md about nothing",
    ]


WIDE = {
    "services/members/queries/people.py": 1,
    "services/dues/cash/deciding.py": 1,
    "services/dues/refunding/receipts.py": 1,
    "services/dues/reconciliation/worklist.py": 1,
    "services/dues/printed/record.py": 1,
    "services/dues/printed/register.py": 1,
}
"""Who goes beyond the caller's reach, and how often: finding a person by full name and phone tail (PAY-7); writing the receipts
of members whose cash is confirmed (PAY-5); voiding the receipts of lines that the caller may decide on and never reads (BOOK-7);
settling what WeChat confirmed, which writes receipts of those who were paid for (PAY-9); the receipts of those whom an
administrator looks after, for their record and the branch's register (BOOK-6)."""


def wide_reads(sources: Iterable[Source]) -> dict[str, int]:
    """How often each file lifts the second net for a read of its own."""
    counted = {
        source.path: sum(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "county_wide"
            for node in source.nodes
        )
        for source in sources
    }
    return {path: times for path, times in counted.items() if times}


def test_only_the_named_places_read_beyond_the_callers_reach() -> None:
    assert wide_reads(sources("services", "gateway", "deploy")) == WIDE


def test_another_place_that_reads_beyond_is_found() -> None:
    planted = Source(
        "services/dues/planted.py", "def f(work):\n    with county_wide(work.db, work.caller):\n        pass\n"
    )
    assert wide_reads([planted]) == {"services/dues/planted.py": 1}


def test_an_operation_without_an_authority_rule_is_never_built() -> None:
    with pytest.raises(ValueError, match="without an authority rule"):
        Operation(name="planted", summary="", tag="")


@pytest.mark.parametrize(
    "page",
    [
        HEAD + "yes | " * (len(COLUMNS) - 1),
        HEAD + "yes | " * (len(COLUMNS) - 1) + "maybe |",
        (HEAD + "yes | " * len(COLUMNS) + "\n") * 2,
    ],
)
def test_a_page_that_does_not_say_one_clear_thing_is_refused(page: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (what is wrong stands in the sentence)
        read_policy(page)
