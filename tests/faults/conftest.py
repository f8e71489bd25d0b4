"""The dues service on a real database, and the real adapter against the simulator, as the integration tests have them."""

from __future__ import annotations

from tests.integration.dues.conftest import county, dues_server
from tests.integration.wechat.conftest import calls_out, merchant, simulator, wechat

__all__ = ["calls_out", "county", "dues_server", "merchant", "simulator", "wechat"]
