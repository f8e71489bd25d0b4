"""A service's database for tests of the chassis itself: the tables are the same in every service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chassis.core import Core
from services.chassis.database import Database
from tests.integration.dues import database
from tests.integration.dues.county import settings_for


@pytest.fixture(scope="package")
def chassis_server() -> Iterator[tuple[str, str]]:
    with database.server() as address, database.template(address) as name:
        yield address, name


@pytest.fixture
def core(chassis_server: tuple[str, str], tmp_path: Path) -> Iterator[Core]:
    address, name = chassis_server
    with database.copy(address, name) as url:
        opened = Database(url, name="test", pool_size=8)
        yield Core(settings_for(url, tmp_path), opened)
        opened.close()
