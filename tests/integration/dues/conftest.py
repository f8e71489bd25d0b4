"""One PostgreSQL for the tests of dues, one database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.dues import database
from tests.integration.dues.county import County


@pytest.fixture(scope="package")
def dues_server() -> Iterator[tuple[str, str]]:
    with database.server() as address, database.template(address) as name:
        yield address, name


@pytest.fixture
def county(dues_server: tuple[str, str], tmp_path: Path) -> Iterator[County]:
    """A county whose organisations are known and whose roster is empty. It is 15 September 2026."""
    address, name = dues_server
    with database.copy(address, name) as url:
        county = County(url, tmp_path)
        county.organisations()
        yield county
        county.close()
