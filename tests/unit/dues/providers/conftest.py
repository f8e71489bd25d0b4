"""A merchant and a WeChat with keys of their own, made once a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.wechat_simulator.keys import ensure_keys
from deploy.wechat_simulator.settings import SimulatorSettings
from deploy.wechat_simulator.signing import Seal
from services.chassis.clock import FixedClock
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def platform_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("wechat") / "keys"
    return ensure_keys(folder).platform | {"WECHAT_API_URL": "http://127.0.0.1:9"}


@pytest.fixture(scope="session")
def seal(platform_environment: dict[str, str]) -> Seal:
    """WeChat's own voice."""
    folder = Path(platform_environment["WECHAT_MERCHANT_KEY"]).parent
    rest = {"WECHAT_SIMULATOR_PORT": "0", "WECHAT_SIMULATOR_DATA": "unused", "PUBLIC_URL": "http://127.0.0.1:8080"}
    settings = SimulatorSettings.from_environment(ensure_keys(folder).simulator | rest)
    return Seal(settings.platform_key_id, settings.platform_key)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def settings(platform_environment: dict[str, str]) -> WechatPaySettings:
    return WechatPaySettings.from_environment(platform_environment)


@pytest.fixture
def wechat(settings: WechatPaySettings, clock: FixedClock) -> WechatPay:
    return WechatPay(settings, clock)
