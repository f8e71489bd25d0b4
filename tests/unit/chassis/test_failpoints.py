"""Failpoints: off they are nothing, armed they strike once, and no process with real money can be told any."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chassis import failpoints
from services.chassis.failpoints import FailpointReached, reach, set_up
from services.chassis.settings import ServiceSettings, SettingsError, load
from tests.unit.chassis.test_settings import DuesSettings, environment


class RealDuesSettings(DuesSettings):
    """With the base's own conflicts, as every service has them."""

    def conflicts(self) -> Iterator[str]:
        yield from ServiceSettings.conflicts(self)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    set_up(tmp_path)
    yield tmp_path
    set_up(None)


def test_without_a_folder_no_file_strikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.step").write_text("raise")
    monkeypatch.chdir(tmp_path)
    set_up(None)
    reach("a", "step")
    assert (tmp_path / "a.step").exists()


def test_an_armed_point_strikes_once(folder: Path) -> None:
    (folder / "a.step").write_text("raise")
    reach("another")
    with pytest.raises(FailpointReached, match=r"a\.step"):
        reach("a", "step")
    reach("a", "step")


def test_the_passage_that_is_meant_strikes(folder: Path) -> None:
    (folder / "a.step").write_text("raise 3")
    reach("a.step")
    reach("a.step")
    with pytest.raises(FailpointReached):
        reach("a.step")


def test_a_point_can_kill(folder: Path) -> None:
    (folder / "a.step").write_text("kill")
    program = (
        "from pathlib import Path; from services.chassis import failpoints; "
        f"failpoints.set_up(Path({str(folder)!r})); failpoints.reach('a.step'); print('still here')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")
    assert not (folder / "a.step").exists()


def test_settings_refuse_failpoints_beside_real_money(tmp_path: Path) -> None:
    simulated = environment(FAILPOINTS=str(tmp_path), WECHAT_MODE="simulated")
    assert load(RealDuesSettings, simulated).failpoints == tmp_path
    with pytest.raises(SettingsError, match="FAILPOINTS"):
        load(RealDuesSettings, simulated | {"WECHAT_MODE": "real"})


def test_they_are_off_unless_a_process_is_told(tmp_path: Path) -> None:
    assert load(DuesSettings, environment()).failpoints is None
    assert failpoints._folder is None
