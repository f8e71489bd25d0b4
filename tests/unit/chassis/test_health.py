"""Health is found within a bounded time and tells strangers no details."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from services.chassis import health
from services.chassis.health import MAX_CHECKS, Checks
from tests.unit.chassis.green import run_in_greenlets

LONG_S = 60.0
"""Far longer than a look takes on a busy machine; no test waits so long."""
SHORT_S = 0.2
"""The patience with looks that never end."""


def checks(timeout_s: float = LONG_S, **looks: Callable[[], object]) -> Checks:
    made = Checks()
    for name, look in looks.items():
        made.add(name, look, timeout_s)
    return made


def fail() -> None:
    raise ConnectionError("postgresql://dues:hunter2@10.0.0.7/dues refused 13812345678")


def test_all_well() -> None:
    assert checks(database=lambda: None, broker=lambda: True).run() == (
        True,
        {"status": "ok", "checks": {"database": "ok", "broker": "ok"}},
    )


def test_no_checks_is_well() -> None:
    assert Checks().run() == (True, {"status": "ok", "checks": {}})


def test_one_failing_check_fails_the_whole_and_is_named() -> None:
    well, report = checks(database=fail, broker=lambda: None, relay=lambda: False).run()
    assert not well
    assert report == {
        "status": "failing",
        "checks": {"database": "ConnectionError", "broker": "ok", "relay": "not well"},
    }


def test_the_report_holds_no_text_of_an_error() -> None:
    assert "hunter2" not in str(checks(database=fail).run())


class Hanging:
    """A look that goes on until it is released, and knows how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = threading.Event()
        self.release = threading.Event()

    def __call__(self) -> None:
        self.begun += 1
        self.release.wait(LONG_S)
        self.ended.set()


class WaitsTold:
    """Time that passes only while somebody waits, in place of the clock and the waits of the module."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        told = self
        self.now_s = 1_000.0

        class Event(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                told.now_s += timeout or 0.0
                return self.is_set()

        monkeypatch.setattr(health, "monotonic", lambda: self.now_s)
        parts = SimpleNamespace(Event=Event, Thread=threading.Thread, Lock=threading.Lock)
        monkeypatch.setattr(health, "threading", parts)


def test_hanging_checks_cost_one_time_out_together_and_hold_one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    database, broker = Hanging(), Hanging()
    made = checks(SHORT_S, database=database, broker=broker)
    with monkeypatch.context() as patched:
        waits = WaitsTold(patched)
        for _ in range(5):
            well, report = made.run()
            assert not well
            assert report["checks"] == {"database": "no answer within 0.2 s", "broker": "no answer within 0.2 s"}
        assert waits.now_s == pytest.approx(1_000.0 + SHORT_S)
    for look in (database, broker):
        look.release.set()
        assert look.ended.wait(LONG_S)
        assert look.begun == 1


def test_a_check_that_hung_is_asked_again_once_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_S", 0.0)
    look = Hanging()
    made = checks(SHORT_S, broker=look)
    assert not made.run()[0]
    look.release.set()
    assert look.ended.wait(LONG_S)
    assert any(made.run()[0] for _ in range(100))
    assert look.begun >= 2


def test_a_slow_check_is_not_waited_for() -> None:
    slow = Hanging()
    assert not checks(SHORT_S, slow=slow).run()[0]
    assert not slow.ended.is_set()
    slow.release.set()


def test_twin_that_runs_checks_in_its_own_thread_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class InPlace(threading.Thread):
        def start(self) -> None:
            self.run()

    monkeypatch.setattr(health.threading, "Thread", InPlace)
    slow = Hanging()
    threading.Timer(2 * SHORT_S, slow.release.set).start()
    checks(SHORT_S, slow=slow).run()
    assert slow.ended.is_set()


def test_however_often_asked_a_check_runs_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    made = checks(database=lambda: calls.append(1))
    for _ in range(50):
        assert made.run()[0]
    assert len(calls) == 1
    monkeypatch.setattr(health, "KEPT_S", 0.0)
    made.run()
    assert len(calls) == 2


def test_a_check_that_recovers_is_well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_S", 0.0)
    answers = iter([False, True])
    made = checks(broker=lambda: next(answers))
    assert [made.run()[0], made.run()[0]] == [False, True]


def test_checks_are_bounded_and_named_once() -> None:
    made = Checks()
    for number in range(MAX_CHECKS):
        made.add(f"check{number}", lambda: None)
    for name in ("one more", "check0"):
        with pytest.raises(ValueError, match="stands already"):
            made.add(name, lambda: None)


def test_a_waiting_check_lets_other_greenlets_work() -> None:
    """The look ends only when the others have done their work: if they were held up it would wait in vain."""
    printed = run_in_greenlets(
        """
        from eventlet.event import Event
        from services.chassis.health import Checks
        ticked = Event()
        checks = Checks(); checks.add("broker", ticked.wait, timeout_s=20)
        ticks = []
        def tick():
            for _ in range(10):
                ticks.append(1); eventlet.sleep(0.01)
            ticked.send()
        eventlet.spawn(tick)
        print(checks.run()[0], len(ticks))
        """
    )
    assert printed.splitlines()[-1] == "True 10"
