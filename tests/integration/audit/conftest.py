"""A county whose money has gone every way there is, in real databases: what the checker looks at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.audit.checker import DatabaseUrls
from services.chassis.database import Database
from tests.integration.audit.scene import Scene, Story
from tests.integration.dues import database
from tests.integration.dues.county import County


@pytest.fixture(scope="package")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Scene]]:
    """The server, and the story's own databases, of which each test gets copies."""
    with (
        database.server() as address,
        database.template(address) as dues,
        database.template(address, "members") as members,
    ):
        urls = DatabaseUrls(database.address_of(address, dues), database.address_of(address, members))
        county = County(urls.dues, tmp_path_factory.mktemp("story"))
        members_database = Database(urls.members, name="test", pool_size=1)
        told = Story(county, members_database)
        scene = Scene(DatabaseUrls(dues, members), told.names(), told.taken())
        county.close()
        members_database.close()
        yield address, scene


@pytest.fixture
def scene(story: tuple[str, Scene]) -> Iterator[Scene]:
    address, told = story
    with database.copy(address, told.urls.dues) as dues, database.copy(address, told.urls.members) as members:
        yield Scene(DatabaseUrls(dues, members), told.names, list(told.taken))
