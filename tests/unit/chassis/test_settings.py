"""Settings are read once, checked whole, and keep their secrets."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest

from services.chassis import settings
from services.chassis.clock import SystemClock
from services.chassis.settings import Secret, ServiceSettings, Settings, SettingsError, Variable, load
from services.dues.settings import DuesSettings as RealDuesSettings
from services.members.settings import MembersSettings

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(32, 64))).decode()


@dataclasses.dataclass(frozen=True, kw_only=True)
class DuesSettings(ServiceSettings):
    service: ClassVar[str] = "dues"
    wechat_mode: Annotated[str, Variable("WECHAT_MODE", settings.one_of("simulated", "real"), "simulated or real.")] = (
        "simulated"
    )
    token_key: Annotated[
        Secret[bytes] | None, Variable("TOKEN_KEY", settings.key_of_32_bytes, "base64 of 32 bytes.", secret=True)
    ] = None


def environment(**changes: str) -> dict[str, str]:
    return {
        "COUNTY_ID": "yanting",
        "AMQP_URI": "amqp://county:hunter2@127.0.0.1:5672/",
        "DUES_DATABASE_URL": "postgresql://dues:hunter2@127.0.0.1:5432/dues",
        "SEAL_KEYS": f"k1:{KEY},k0:{OTHER}",
        "INDEX_KEY": KEY,
        "BLOB_DIR": "/srv/blobs",
    } | changes


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(DuesSettings, environment(**changes))
    assert "hunter2" not in str(caught.value)
    assert KEY not in str(caught.value)
    return caught.value.problems


def test_a_whole_environment_makes_settings() -> None:
    made = load(DuesSettings, environment(METRICS_PORT="9101", LOG_LEVEL="DEBUG"))
    assert (made.county_id, made.log_level, made.metrics_port) == ("yanting", "DEBUG", 9101)
    assert (made.metrics_host, made.wechat_mode, made.token_key) == ("127.0.0.1", "simulated", None)
    assert made.database_url.reveal().endswith("/dues")
    assert made.seal_keys.key_ids == ("k1", "k0")
    assert isinstance(made.clock, SystemClock)


def test_an_empty_environment_names_every_required_variable_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(DuesSettings, {})
    names = {problem.split()[0] for problem in caught.value.problems}
    assert names == {"COUNTY_ID", "AMQP_URI", "DUES_DATABASE_URL", "SEAL_KEYS", "INDEX_KEY", "BLOB_DIR"}
    assert all("is missing. It should be " in problem for problem in caught.value.problems)


def test_missing_and_wrong_variables_are_reported_together() -> None:
    found = problems(COUNTY_ID="", METRICS_PORT="70000", SEAL_KEYS=f"k1:{KEY[:-4]}")
    assert {problem.split()[0].rstrip(":") for problem in found} == {"COUNTY_ID", "SEAL_KEYS", "METRICS_PORT"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("COUNTY_ID", "Yanting; DROP TABLE member"),
        ("COUNTY_ID", "盐亭"),
        ("AMQP_URI", "http://county:hunter2@127.0.0.1/"),
        ("AMQP_URI", "amqp://county:hunter2@/"),
        ("AMQP_URI", "amqp://county:hunter2@host:99999/"),
        ("AMQP_URI", "amqp://county:hunter2@ho\nst/"),
        ("DUES_DATABASE_URL", "sqlite:///hunter2.db"),
        ("SEAL_KEYS", KEY),
        ("SEAL_KEYS", f"k1:{KEY},k1:{OTHER}"),
        ("INDEX_KEY", base64.b64encode(b"hunter2").decode()),
        ("TOKEN_KEY", "hunter2"),
        ("BLOB_DIR", "blobs"),
        ("BLOB_DIR", "/srv/../etc"),
        ("BLOB_DIR", "/dev/null"),
        ("METRICS_PORT", "0"),
        ("METRICS_PORT", "9".rjust(5_000, "9")),
        ("METRICS_PORT", "-1"),
        ("METRICS_PORT", "\uff19\uff11"),
        ("LOG_LEVEL", "verbose"),
        ("CLOCK_START", "2026-09-15"),
        ("WECHAT_MODE", "Real"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(name: str, text: str) -> None:
    (problem,) = problems(**{name: text})
    assert problem.startswith(f"{name}: ")
    assert "It should be " in problem
    assert len(problem) < 500


def test_a_wrong_open_value_is_shown_and_a_secret_one_is_not() -> None:
    assert "'verbose'" in problems(LOG_LEVEL="verbose")[0]
    assert "not shown" in problems(TOKEN_KEY="hunter2")[0]


def test_twin_without_the_secret_mark_an_error_shows_the_key() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Careless(Settings):
        token: Annotated[str, Variable("TOKEN", settings.one_of("a"), "a.")]

    with pytest.raises(SettingsError, match="hunter2"):
        load(Careless, {"TOKEN": "hunter2"})


def test_real_money_is_refused_beside_a_made_up_clock() -> None:
    assert problems(WECHAT_MODE="real", CLOCK_START="2026-09-15T08:00:00+08:00")[0].startswith("CLOCK_START belongs")
    assert isinstance(load(DuesSettings, environment(WECHAT_MODE="real")).clock, SystemClock)


@pytest.mark.parametrize("service", [RealDuesSettings, MembersSettings])
def test_every_service_of_a_real_county_refuses_a_made_up_clock(service: type[ServiceSettings]) -> None:
    real = environment(
        CLOCK_START="2026-09-15T08:00:00+08:00",
        WECHAT_MODE="real",
        PUBLIC_URL="https://dy.example.cn",
        MEMBERS_DATABASE_URL="postgresql://members:hunter2@127.0.0.1:5432/members",
        WECHAT_APP_ID="wx0000000000000001",
        WECHAT_APP_SECRET="hunter2",
    )
    with pytest.raises(SettingsError) as caught:
        load(service, real)
    assert caught.value.problems == ["CLOCK_START belongs to a demonstration: unset it where WECHAT_MODE is real"]
    real.pop("CLOCK_START")
    load(service, real)


def test_a_demonstration_may_show_another_time() -> None:
    made = load(DuesSettings, environment(CLOCK_START="2026-09-15T08:00:00+08:00@2026-09-16T00:00:00Z"))
    assert made.clock.now() - SystemClock().now() < timedelta(hours=-23)


def test_an_empty_variable_counts_as_absent() -> None:
    assert load(DuesSettings, environment(METRICS_PORT="", LOG_LEVEL="  ")).log_level == "INFO"


@pytest.mark.parametrize(
    "show", [repr, str, format, "{}".format, lambda made: f"{made!r:>10}", lambda made: repr([made])]
)
def test_settings_never_show_a_secret(show: Callable[[Any], str]) -> None:
    made = load(DuesSettings, environment(TOKEN_KEY=KEY))
    for value in (made, made.amqp_uri, made.seal_keys, made.index_key, made.token_key):
        shown = show(value)
        assert "hunter2" not in shown
        assert KEY not in shown
        assert repr(bytes(range(32))) not in shown


def test_a_secret_is_written_nowhere() -> None:
    secret = Secret("hunter2")
    for write in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            write(secret)
    assert copy.deepcopy(secret) is secret
    assert secret.reveal() == "hunter2"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(DuesSettings, environment()).county_id = "other"  # type: ignore[misc]


PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"


def test_a_pem_comes_from_the_variable_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM + "\n")
    assert settings.pem(PEM) == settings.pem(str(tmp_path / "key.pem")) == PEM


@pytest.mark.parametrize("text", ["/nowhere/key.pem", "/dev/zero", "-----BEGIN PUBLIC KEY-----\nAAAA", "AAAA"])
def test_what_is_no_pem_is_refused_and_read_within_bounds(text: str) -> None:
    with pytest.raises((ValueError, OSError)):
        settings.pem(text)
