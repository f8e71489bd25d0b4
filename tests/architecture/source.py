"""Source files as the architecture tests see them: path, text, syntax tree, imports.

Every rule of the house is a function over ``Source`` values that returns its findings as ``path:line: sentence``. A test gives it
the files of this repository and expects nothing; its twin gives it a planted violation and expects a finding.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("services", "gateway", "deploy")
_NOT_OURS = {"node_modules", "dist", "__pycache__", ".venv", ".data", "output"}


@dataclass(frozen=True)
class Import:
    """One imported module, ``from a import b`` read as both ``a`` and ``a.b``."""

    module: str
    names: tuple[str, ...]
    line: int

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def reaches(self, package: str) -> bool:
        """Whether this import takes the package or anything inside it."""
        wide = package.rpartition(".")
        if self.module == wide[0] and wide[2] in self.names:
            return True
        return self.module == package or self.module.startswith(package + ".")


@dataclass(frozen=True)
class Source:
    """A Python file; ``path`` is relative to the project and uses slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The whole tree, walked once for all rules."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self))

    def at(self, line: int, sentence: str) -> str:
        return f"{self.path}:{line}: {sentence}"


def _imports(source: Source) -> Iterator[Import]:
    package = source.module if source.path.endswith("__init__.py") else source.module.rpartition(".")[0]
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                parents = parents[: len(parents) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            yield Import(base, tuple(alias.name for alias in node.names), node.lineno)


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    """Files of the project under these folders, generated and foreign ones left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            relative = path.relative_to(ROOT)
            if path.suffix in suffixes and not _NOT_OURS.intersection(relative.parts):
                yield path


@lru_cache(maxsize=16)
def sources(*folders: str) -> tuple[Source, ...]:
    """The Python files under these folders, read once for all rules."""
    return tuple(
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in files(*folders)
    )
