"""One PostgreSQL and one peopled world for all tests of authority."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from tests.integration.authority.databases import service_databases
from tests.integration.authority.peopling import Known, people_it
from tests.integration.authority.world import World


@dataclass(frozen=True)
class Peopled:
    world: World
    known: Known


@pytest.fixture(scope="package")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peopled]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder: Path = tmp_path_factory.mktemp("authority")
    with service_databases() as (urls, owners):
        world = World(urls, owners, folder)
        yield Peopled(world, people_it(world))
        world.close()
    structlog.reset_defaults()


@pytest.fixture(scope="package")
def without_net(peopled: Peopled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peopled]:
    """The same world, its services on their owners' connections, to whom row security does not apply."""
    shown = peopled.world
    world = World(shown.urls, shown.admins, tmp_path_factory.mktemp("without-net"), rows_of=None)
    assert world.ended.look()
    yield Peopled(world, peopled.known)
    world.close()
