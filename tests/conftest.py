"""Which tests go together when the suite runs in several processes (``make test`` has three).

Tests that share servers run in one process, one after the other; every other file may run beside any other. What takes longest
begins first, so that all end at about the same time.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED = (
    "tests/e2e",
    *(f"tests/integration/{room}" for room in ("audit", "authority", "chassis", "dues", "gateway")),
    *(f"tests/integration/{room}" for room in ("interface", "members", "wechat")),
)
"""Folders whose conftest starts servers once for all of their tests."""

FIRST = ("tests/e2e", "tests/faults", "tests/integration")
"""Longest first; the rest follows in the order in which it was found."""


def group_of(path: str) -> str:
    """The shared folder, else the file itself."""
    return next((folder for folder in SHARED if path.startswith(f"{folder}/")), path)


class ByRoom(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByRoom:
    return ByRoom(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, folder in enumerate(FIRST) if item.nodeid.startswith(folder)), len(FIRST))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test of hostile texts printed travels to the process that writes the report, which knows proper text only."""
    report = yield
    report.sections = [(name, said.encode(errors="backslashreplace").decode()) for name, said in report.sections]
    return report
