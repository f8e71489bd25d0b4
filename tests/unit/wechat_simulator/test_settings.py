"""The simulator stands beside nothing real, and says in one sentence why it does not start."""

from __future__ import annotations

import json
import stat
from fractions import Fraction
from pathlib import Path

import pytest

from deploy.wechat_simulator import keys as keys_module
from deploy.wechat_simulator.keys import ensure_keys
from deploy.wechat_simulator.settings import RefusesToStart, SimulatorSettings
from deploy.wechat_simulator.world import build_world


def test_made_keys_are_enough_to_start(environment: dict[str, str]) -> None:
    settings = SimulatorSettings.from_environment(environment)
    assert (settings.host, settings.time_factor, settings.probe_every) == ("127.0.0.1", Fraction(1, 60), 10)
    assert settings.origins == ("http://127.0.0.1:8080",)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"WECHAT_MODE": "real"}, "runs only with WECHAT_MODE=simulated .it is 'real'."),
        ({"WECHAT_MODE": ""}, "runs only with WECHAT_MODE=simulated .it is not set."),
        ({"WECHAT_PLATFORM_PUBLIC_KEY_ID": "PUB_KEY_ID_0100000000001"}, "real merchant keys are set"),
        ({"WECHAT_API_URL": "https://api.mch.weixin.qq.com"}, "WECHAT_API_URL points at the real WeChat"),
        ({"WECHAT_AUTHORIZE_URL": "https://open.weixin.qq.com/connect"}, "WECHAT_AUTHORIZE_URL points at the real"),
        ({"WECHAT_SIMULATOR_PORT": "eighty"}, "WECHAT_SIMULATOR_PORT must be a whole number"),
        ({"WECHAT_SIMULATOR_PORT": "70000"}, "WECHAT_SIMULATOR_PORT must be a whole number"),
        ({"WECHAT_SIMULATOR_TIME_FACTOR": "0"}, "WECHAT_SIMULATOR_TIME_FACTOR must be a fraction"),
        ({"WECHAT_SIMULATOR_TIME_FACTOR": "1/0"}, "WECHAT_SIMULATOR_TIME_FACTOR must be a fraction"),
        ({"WECHAT_SIMULATOR_TIME_FACTOR": "fast"}, "WECHAT_SIMULATOR_TIME_FACTOR must be a fraction"),
        ({"WECHAT_API_V3_KEY": "short"}, "WECHAT_API_V3_KEY must have 32 bytes"),
        ({"WECHAT_SIMULATOR_PLATFORM_KEY": "/nowhere"}, "WECHAT_SIMULATOR_PLATFORM_KEY is neither"),
        ({"WECHAT_SIMULATOR_PLATFORM_KEY": "-----BEGIN x"}, "WECHAT_SIMULATOR_PLATFORM_KEY is not the PEM"),
        ({"WECHAT_SIMULATOR_MERCHANT_PUBLIC_KEY": "-----BEGIN x"}, "WECHAT_SIMULATOR_MERCHANT_PUBLIC_KEY is not"),
        ({"WECHAT_SIMULATOR_ORIGINS": "county.example"}, "WECHAT_SIMULATOR_ORIGINS must be addresses"),
        ({"WECHAT_APP_SECRET": ""}, "WECHAT_APP_SECRET is not set"),
    ],
)
def test_what_does_not_fit_refuses_to_start_with_a_sentence(
    environment: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(RefusesToStart, match=sentence):
        SimulatorSettings.from_environment(environment | changes)


def test_no_secret_shows_in_text(environment: dict[str, str]) -> None:
    shown = repr(SimulatorSettings.from_environment(environment))
    for name in ("WECHAT_APP_SECRET", "WECHAT_API_V3_KEY", "WECHAT_SIMULATOR_CONTROL_KEY"):
        assert environment[name] not in shown


def test_keys_are_made_once_for_the_owner_only_and_split_by_who_may_know_them(tmp_path: Path) -> None:
    first, second = ensure_keys(tmp_path / "keys"), ensure_keys(tmp_path / "keys")
    assert first == second
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "platform_key.pem" not in json.dumps(first.platform)
    assert "WECHAT_SIMULATOR_CONTROL_KEY" not in first.platform
    assert "merchant_key.pem" not in json.dumps(first.simulator)


def test_a_crash_while_keys_are_made_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = keys_module._write
    written: list[Path] = []

    def write(path: Path, content: bytes) -> None:
        if len(written) == 3:
            raise OSError("No space left on device")
        written.append(path)
        real_write(path, content)

    monkeypatch.setattr(keys_module, "_write", write)
    with pytest.raises(OSError, match="No space"):
        ensure_keys(tmp_path / "keys")
    monkeypatch.undo()
    assert ensure_keys(tmp_path / "keys").platform["WECHAT_MODE"] == "simulated"


def test_a_folder_with_a_part_of_the_keys_is_not_filled_up(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "keys")
    (tmp_path / "keys" / "platform_key.pem").unlink()
    with pytest.raises(ValueError, match=r"lacks platform_key\.pem"):
        ensure_keys(tmp_path / "keys")


@pytest.mark.parametrize("content", ["{}", "[{}]", '[{"name": ""}]', "not json", '[{"name": "x", "note": 7}]'])
def test_a_users_file_that_is_none_refuses_to_start(environment: dict[str, str], tmp_path: Path, content: str) -> None:
    (tmp_path / "users.json").write_text(content)
    changed = environment | {"WECHAT_SIMULATOR_USERS": str(tmp_path / "users.json")}
    with pytest.raises(RefusesToStart, match="WECHAT_SIMULATOR_USERS"):
        build_world(SimulatorSettings.from_environment(changed))


def test_users_of_the_file_are_known_from_the_start(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text('[{"name": "王建国", "openid": "oGiven"}, {"name": "李秀英", "note": "支书"}]')
    changed = environment | {"WECHAT_SIMULATOR_USERS": str(tmp_path / "users.json")}
    world = build_world(SimulatorSettings.from_environment(changed))
    assert {user.name: user.note for user in world.bank.users()} == {"王建国": "", "李秀英": "支书"}
    found = world.bank.find_user("oGiven")
    assert found is not None
    assert found.name == "王建国"
    world.stop()


def test_a_journal_of_something_else_refuses_to_start(environment: dict[str, str]) -> None:
    folder = Path(environment["WECHAT_SIMULATOR_DATA"])
    folder.mkdir()
    (folder / "journal.jsonl").write_text('{"kind": "bread_baked", "at": "2026-11-24T02:00:00+00:00"}\n')
    with pytest.raises(RefusesToStart, match="was not written by this simulator"):
        build_world(SimulatorSettings.from_environment(environment))
