"""A child that ends by itself is started again, later each time, and given up when that does not help."""

from __future__ import annotations

import io
import itertools
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

import pytest

from deploy.local import watch
from deploy.local.failures import Refusal
from deploy.local.folder import DataFolder
from deploy.local.processes import Probe, Process
from deploy.local.progress import Progress
from deploy.local.suite import Suite
from deploy.local.watch import RESTART_WAITS_S, RESTART_WINDOW_S, Watch


@dataclass
class FakeChild:
    code: int | None = None

    def poll(self) -> int | None:
        return self.code


class Clock(threading.Event):
    """Stands for the suite's ``stopping``: each wait moves the time on, and does what the test planned for then."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.now_s += timeout or 0
        self.looks += 1
        return self.is_set()


@dataclass
class FakeSuite:
    folder: DataFolder
    stopping: Clock = field(default_factory=Clock)
    children: dict[str, FakeChild] = field(default_factory=dict)
    restarted: list[tuple[str, float]] = field(default_factory=list)
    dies_for: int = 0
    """How many new starts end at once too."""

    processes: ClassVar[dict[str, Process]] = {
        "dues": Process("dues", ("python",), (), (), Probe("METRICS_PORT")),
        "declare": Process("declare", ("python",), (), ()),
    }

    def restart(self, name: str) -> None:
        self.restarted.append((name, self.stopping.now_s))
        code = 1 if len(self.restarted) <= self.dies_for else None
        self.children[name] = FakeChild(code)
        if code is None:
            self.stopping.set()

    def log_of(self, name: str) -> Path:
        return self.folder.logs / f"{name}.log"

    def bound_logs(self) -> None:
        self.stopping.set()


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSuite:
    fake = FakeSuite(DataFolder(tmp_path))
    monkeypatch.setattr(watch.time, "monotonic", lambda: fake.stopping.now_s)
    return fake


def look(suite: FakeSuite) -> str:
    out = io.StringIO()
    Watch(cast(Suite, suite), Progress(out)).until_asked()
    return out.getvalue()


def test_a_child_that_ended_starts_again_and_it_is_told(suite: FakeSuite) -> None:
    suite.children["dues"] = FakeChild(code=-9)
    told = look(suite)
    assert [name for name, _ in suite.restarted] == ["dues"]
    assert "dues ended by itself (code -9, see " in told
    assert "starts again in 0.5 s" in told


def test_a_server_is_started_again_too(suite: FakeSuite) -> None:
    suite.children["postgres"] = FakeChild(code=2)
    look(suite)
    assert [name for name, _ in suite.restarted] == ["postgres"]


def test_what_runs_once_is_not_started_again(suite: FakeSuite) -> None:
    suite.children["declare"] = FakeChild(code=0)
    look(suite)
    assert suite.restarted == []


def test_each_wait_is_longer_and_then_it_is_given_up(suite: FakeSuite) -> None:
    suite.children["dues"] = FakeChild(code=1)
    suite.dies_for = 100
    with pytest.raises(Refusal, match=r"dues ended 6 times within 2 minutes: its log .*dues.log says why"):
        look(suite)
    assert len(suite.restarted) == len(RESTART_WAITS_S)
    times = [at_s for _, at_s in suite.restarted]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert gaps == sorted(gaps)


def test_ends_long_ago_are_forgiven(suite: FakeSuite) -> None:
    suite.children["dues"] = FakeChild(code=1)
    watching = Watch(cast(Suite, suite), Progress(io.StringIO()))
    for turn in range(3 * len(RESTART_WAITS_S)):
        assert watching._wait_before("dues", turn * (RESTART_WINDOW_S + 1)) == RESTART_WAITS_S[0]


def test_a_disk_that_fills_up_is_told_once(suite: FakeSuite, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = watch.DISK_LOW_BYTES - 1

    monkeypatch.setattr(watch.shutil, "disk_usage", lambda _path: Usage)
    out = io.StringIO()
    watching = Watch(cast(Suite, suite), Progress(out))
    watching._tidy(0.0)
    watching._tidy(1.0)
    assert out.getvalue().count("free some space before it is full") == 1
