"""The authority tests' world: real services on a real PostgreSQL in one process, so that a 500 is a fault of the product."""

from __future__ import annotations

from tests.integration.authority.conftest import peopled

__all__ = ["peopled"]
