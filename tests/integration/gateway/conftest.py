"""A real broker for the gateway's tests: one for all of them, ended with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack


@pytest.fixture(scope="package")
def amqp_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Stack(tmp_path_factory.mktemp("gateway")) as stack:
        yield stack.amqp_uri
