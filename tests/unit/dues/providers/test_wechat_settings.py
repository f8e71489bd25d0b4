"""Simulated and real money never meet, and a wrong key is found at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.dues.providers.wechat_settings import WechatPaySettings

REAL_KEY_ID = "PUB_KEY_ID_0100000000002026110100000000000001"


def real(environment: dict[str, str]) -> dict[str, str]:
    return environment | {
        "WECHAT_MODE": "real",
        "WECHAT_PLATFORM_PUBLIC_KEY_ID": REAL_KEY_ID,
        "WECHAT_API_URL": "https://api.mch.weixin.qq.com",
    }


def test_a_simulated_merchant_is_accepted(platform_environment: dict[str, str]) -> None:
    assert WechatPaySettings.from_environment(platform_environment).is_simulated


def test_a_real_merchant_is_accepted_and_finds_wechat_by_default(platform_environment: dict[str, str]) -> None:
    environment = real(platform_environment)
    del environment["WECHAT_API_URL"]
    settings = WechatPaySettings.from_environment(environment)
    assert (settings.is_simulated, settings.api_url) == (False, "https://api.mch.weixin.qq.com")


def test_a_key_may_be_given_as_text_instead_of_a_path(platform_environment: dict[str, str]) -> None:
    text = Path(platform_environment["WECHAT_MERCHANT_KEY"]).read_text().replace("\n", "\\n")
    changed = platform_environment | {"WECHAT_MERCHANT_KEY": text}
    assert WechatPaySettings.from_environment(changed) == WechatPaySettings.from_environment(platform_environment)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"WECHAT_MODE": "test"}, "WECHAT_MODE must be one of"),
        ({"WECHAT_MODE": ""}, "WECHAT_MODE is not set"),
        ({"WECHAT_PLATFORM_PUBLIC_KEY_ID": REAL_KEY_ID}, "is not a simulator's"),
        ({"WECHAT_API_URL": "https://api.mch.weixin.qq.com"}, "points at the real WeChat"),
        ({"WECHAT_API_URL": "https://api2.wechatpay.cn"}, "points at the real WeChat"),
        ({"WECHAT_API_URL": "ftp://127.0.0.1"}, "plain http or https"),
        ({"WECHAT_API_URL": "http://user:word@127.0.0.1"}, "plain http or https"),
        ({"WECHAT_API_V3_KEY": "short"}, "WECHAT_API_V3_KEY must have 32 bytes"),
        ({"WECHAT_MERCHANT_KEY": "/nowhere/key.pem"}, "WECHAT_MERCHANT_KEY is neither a PEM nor a file"),
        ({"WECHAT_MERCHANT_KEY": "-----BEGIN PRIVATE KEY-----\nxx"}, "WECHAT_MERCHANT_KEY is not a readable PEM"),
        ({"WECHAT_MERCHANT_SERIAL": " "}, "WECHAT_MERCHANT_SERIAL is not set"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_the_variable(
    platform_environment: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        WechatPaySettings.from_environment(platform_environment | changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"WECHAT_PLATFORM_PUBLIC_KEY_ID": "PUB_KEY_ID_SIMULATED_01"}, "belongs to a simulator"),
        ({"WECHAT_API_URL": "http://api.mch.weixin.qq.com"}, "must begin with https"),
        ({"WECHAT_API_URL": "https://127.0.0.1:9000"}, "points at this machine"),
    ],
)
def test_real_money_never_goes_to_a_simulator(
    platform_environment: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        WechatPaySettings.from_environment(real(platform_environment) | changes)


def test_a_key_swapped_with_the_other_kind_is_refused(platform_environment: dict[str, str]) -> None:
    swapped = platform_environment | {"WECHAT_PLATFORM_PUBLIC_KEY": platform_environment["WECHAT_MERCHANT_KEY"]}
    with pytest.raises(ValueError, match="WECHAT_PLATFORM_PUBLIC_KEY"):
        WechatPaySettings.from_environment(swapped)


def test_no_secret_shows_in_text_or_in_an_error(platform_environment: dict[str, str]) -> None:
    settings = WechatPaySettings.from_environment(platform_environment)
    assert settings.api_v3_key not in repr(settings)
    assert "PRIVATE" not in repr(settings)
    broken = Path(platform_environment["WECHAT_MERCHANT_KEY"]).read_text().replace("M", "!")
    with pytest.raises(ValueError, match="WECHAT_MERCHANT_KEY") as caught:
        WechatPaySettings.from_environment(platform_environment | {"WECHAT_MERCHANT_KEY": broken})
    assert broken[40:60] not in str(caught.value)
    assert caught.value.__cause__ is None
