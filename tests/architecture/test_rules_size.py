"""Rule 8 of the house: functions up to 70 lines, files up to 400, tests too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.architecture.source import ROOT, Source, files, sources

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 400
WRITTEN_BY_HAND = (".py", ".ts", ".vue")
GENERATED = frozenset({"gateway/h5/src/api/openapi.gen.ts"})
_NAMED_FUNCTION = re.compile(
    r"^(?P<indent> *)(?:export )?(?:default )?(?:async )?"
    r"(?:function\b|(?:const|let) \w+ = (?:async )?(?:\([^)]*\)|\w+)(?:: [^=]+)? =>|(?:async )?\w+\([^)]*\)(?:: [^{]+)? ?\{$)"
)
_STATEMENTS = re.compile(r"^ *(?:if|for|while|switch|catch|return|else|describe|it|test|beforeEach|afterEach)\b")


def long_files(texts: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{path}:1: {lines} lines" for path, text in texts if (lines := len(text.splitlines())) > MAX_FILE_LINES]


def long_functions(python: Iterable[Source]) -> list[str]:
    return [
        source.at(node.lineno, f"{node.name} has {length} lines")
        for source in python
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def long_script_functions(texts: Iterable[tuple[str, str]]) -> list[str]:
    """TypeScript, by the indentation that the formatter keeps: a function ends at the next ``}`` as deep as it began."""
    found = []
    for path, text in texts:
        for first, last in _script_functions(text.splitlines()):
            if last - first + 1 > MAX_FUNCTION_LINES:
                found.append(f"{path}:{first + 1}: a function of {last - first + 1} lines")
    return found


def _script_functions(lines: list[str]) -> Iterator[tuple[int, int]]:
    for first, line in enumerate(lines):
        match = _NAMED_FUNCTION.match(line)
        if match is None or _STATEMENTS.match(line) or not line.rstrip().endswith(("{", "(")):
            continue
        end = match["indent"] + "}"
        yield first, next((at for at in range(first + 1, len(lines)) if lines[at].startswith(end)), len(lines) - 1)


def _texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    for path in _hand_written(*suffixes):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _hand_written(*suffixes: str) -> Iterator[Path]:
    for path in files("services", "gateway", "deploy", "tests", suffixes=suffixes):
        if path.relative_to(ROOT).as_posix() not in GENERATED:
            yield path


def test_no_file_is_longer_than_400_lines() -> None:
    assert long_files(_texts(*WRITTEN_BY_HAND)) == []


def test_no_function_is_longer_than_70_lines() -> None:
    assert long_functions(sources("services", "gateway", "deploy", "tests")) == []


def test_no_function_of_the_phone_pages_is_longer_than_70_lines() -> None:
    assert long_script_functions(_texts(".ts", ".vue")) == []


def test_planted_lengths_are_found() -> None:
    assert long_files([("x.py", "a\n" * 401)])
    assert not long_files([("x.py", "a\n" * 400)])
    assert long_functions([Source("x.py", "def f():\n" + "    a\n" * 70)])
    assert not long_functions([Source("x.py", "def f():\n" + "    a\n" * 69)])
    assert long_functions([Source("x.py", "class A:\n    async def f(self):\n" + "        a\n" * 70)])


def test_planted_lengths_of_script_functions_are_found() -> None:
    for head in (
        "function f(a: number) {",
        "export async function f() {",
        "const f = (a: A): B => {",
        "const f = async () => {",
    ):
        assert long_script_functions([("x.ts", head + "\n" + "  a()\n" * 69 + "}\n")]), head
        assert not long_script_functions([("x.ts", head + "\n" + "  a()\n" * 68 + "}\n")]), head
