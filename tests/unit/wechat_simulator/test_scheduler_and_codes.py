"""Things happen later, in order, despite one that fails; a sign-in code works once and for five minutes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from deploy.wechat_simulator import scheduler as scheduler_module
from deploy.wechat_simulator.codes import CodeInvalid, Codes, CodeUsed
from deploy.wechat_simulator.scheduler import Scheduler
from tests.unit.wechat_simulator.conftest import NOW

WAIT_S = 5


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    made = Scheduler()
    made.start()
    yield made
    made.stop()


def test_what_is_due_first_comes_first_whatever_was_scheduled_first(scheduler: Scheduler) -> None:
    done: list[str] = []
    finished = threading.Event()

    def second() -> None:
        done.append("later")
        finished.set()

    scheduler.later(timedelta(seconds=0.2), second)
    scheduler.later(timedelta(0), lambda: done.append("now"))
    assert finished.wait(WAIT_S)
    assert done == ["now", "later"]


def test_an_action_that_fails_does_not_stop_the_next(scheduler: Scheduler, capsys: pytest.CaptureFixture[str]) -> None:
    finished = threading.Event()

    def fail() -> None:
        raise RuntimeError("on purpose")

    scheduler.later(timedelta(0), fail)
    scheduler.later(timedelta(seconds=0.05), finished.set)
    assert finished.wait(WAIT_S)
    assert "on purpose" in capsys.readouterr().err


def test_what_may_wait_is_bounded(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_module, "MAX_WAITING", 2)
    for _ in range(2):
        scheduler.later(timedelta(hours=1), lambda: None)
    with pytest.raises(OverflowError):
        scheduler.later(timedelta(hours=1), lambda: None)


class Watch:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_code_works_once() -> None:
    codes = Codes(Watch())
    code = codes.make("oPerson", "snsapi_base")
    assert codes.use(code) == ("oPerson", "snsapi_base")
    with pytest.raises(CodeUsed):
        codes.use(code)
    with pytest.raises(CodeInvalid):
        codes.use("another")


def test_a_code_works_for_five_minutes() -> None:
    watch = Watch()
    codes = Codes(watch)
    in_time, too_late = codes.make("oPerson", "snsapi_base"), codes.make("oPerson", "snsapi_base")
    watch.now += timedelta(minutes=5)
    assert codes.use(in_time)
    watch.now += timedelta(seconds=1)
    with pytest.raises(CodeInvalid):
        codes.use(too_late)
