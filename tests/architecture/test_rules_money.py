"""Rule 5 of the house: no float near money. Money is whole fen; a rate is a fraction of whole numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.architecture.source import Source, sources

_SECONDS = ("_s", "_S")
"""A float may say how long something waits; its name then ends in the unit."""
_MONOTONIC = frozenset({"deadline", "started"})
"""Points on the monotonic clock: seconds too, and never money."""


def no_float_near_money(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        durations = set(_duration_nodes(source.nodes))
        for node in source.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, float) and node not in durations:
                found.append(source.at(node.lineno, f"the float {node.value}"))
            elif isinstance(node, ast.Name) and node.id == "float" and node not in durations:
                found.append(source.at(node.lineno, "float"))
    return found


def no_true_division(files: Iterable[Source]) -> list[str]:
    """``/`` makes a float of two whole numbers; only where the arithmetic is in exact fractions does it stay exact."""
    return [
        source.at(node.lineno, "a division that may make a float")
        for source in files
        if not any(one.module == "fractions" for one in source.imports)
        for node in source.nodes
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    ]


def _duration_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        named: list[tuple[str, ast.AST | None]] = []
        if isinstance(node, ast.Assign):
            named = [(ast.unparse(target), node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            named = [(ast.unparse(node.target), node.value), (ast.unparse(node.target), node.annotation)]
        elif isinstance(node, ast.keyword):
            named = [(node.arg or "", node.value)]
        elif isinstance(node, ast.arg):
            named = [(node.arg, node.annotation)]
        for name, value in named:
            if value is not None and (name.endswith(_SECONDS) or name in _MONOTONIC):
                yield from ast.walk(value)


MONEY = (
    *sources("services/dues"),
    *(one for one in sources("services/members") if "/domain/" in one.path),
    *sources("services/contracts/dues"),
    *(one for one in sources("services/contracts") if one.path.endswith(("/values.py", "/common.py"))),
    *sources("gateway/documents"),
)
DRAWING = "gateway/documents/"
"""Places and sizes on paper are floats; amounts there are text made from whole fen."""


def test_no_float_is_near_money() -> None:
    assert no_float_near_money(one for one in MONEY if not one.path.startswith(DRAWING)) == []


def test_no_amount_is_divided_into_a_float() -> None:
    assert no_true_division(one for one in MONEY if "/domain/" in one.path or "/orders/" in one.path) == []


PLANTED = [
    (no_float_near_money, "RATE = 0.5"),
    (no_float_near_money, "def f(base_fen):\n    return float(base_fen)"),
    (no_float_near_money, "def f(amount: float): ..."),
    (no_float_near_money, "WAIT_S = 2.0\namount_fen = 1.5"),
    (no_float_near_money, "f(timeout_s=2.0, amount=0.1)"),
    (no_true_division, "def f(total_fen, people):\n    return total_fen / people"),
    (no_true_division, "share /= 3"),
]


@pytest.mark.parametrize(("rule", "text"), PLANTED)
def test_a_planted_float_is_found(rule, text: str) -> None:  # type: ignore[no-untyped-def]
    assert rule([Source("services/dues/domain/planted.py", text)])


def test_a_wait_in_seconds_is_not_taken_for_money() -> None:
    text = "QUERY_EVERY_S = 2.0\ndef f(timeout_s: float): ...\nf(timeout_s=0.5)"
    assert no_float_near_money([Source("services/dues/service.py", text)]) == []
