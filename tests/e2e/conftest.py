"""One running county for all tests of this folder: started once, loaded once, ended at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.running import RunningCounty, running_county


@pytest.fixture(scope="package")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCounty]:
    with running_county(tmp_path_factory.mktemp("county")) as county:
        yield county
