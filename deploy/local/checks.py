"""``make test`` and ``make lint``: the checks in the order in which they fail fastest, pytest last so that its line closes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from deploy.local.children import environment_with
from deploy.local.phone_pages import node_path
from deploy.local.places import PROJECT

BIN = PROJECT.environment / "bin"
STATIC: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", (str(BIN / "ruff"), "check", ".")),
    ("layout", (str(BIN / "ruff"), "format", "--check", ".")),
    ("types", (str(BIN / "mypy"),)),
)
PARALLEL = ("--numprocesses", "3", "--dist", "loadscope", "--no-loadscope-reorder")
"""Tests wait for servers of their own half of the time, so three processes keep two cores busy (groups: tests/conftest.py)."""

PAGES: tuple[tuple[str, tuple[str, ...]], ...] = (("phone pages", ("npm", "run", "check")),)


def main(arguments: Sequence[str]) -> int:
    what, *rest = arguments or ["all"]
    for name, argv in STATIC:
        if not _passes(name, argv, str(PROJECT.root)):
            return 1
    for name, argv in PAGES:
        if not _passes(name, argv, str(PROJECT.pages)):
            return 1
    if what == "static":
        return 0
    sys.stdout.flush()
    pytest = [str(BIN / "python"), "-m", "pytest", *PARALLEL, *rest]
    environment = environment_with((), os.environ)
    return subprocess.run(pytest, cwd=PROJECT.root, env=environment, check=False).returncode


def _passes(name: str, argv: Sequence[str], cwd: str) -> bool:
    print(f"== {name}", flush=True)
    environment = {**os.environ, "PATH": node_path(PROJECT)}
    program = shutil.which(argv[0], path=environment["PATH"]) or argv[0]
    return subprocess.run([program, *argv[1:]], cwd=cwd, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
