"""The cap on calls in flight holds, waits a little, and gives its places back."""

from __future__ import annotations

import threading
import time

import pytest

from services.chassis import limits
from services.chassis.database import POOL_SIZE
from services.chassis.limits import Bulkhead, BulkheadFull
from tests.unit.chassis.green import run_in_greenlets


def test_a_full_bulkhead_refuses_after_its_wait_and_not_before() -> None:
    bulkhead = Bulkhead(1, wait_s=0.1)
    with bulkhead.place():
        started = time.perf_counter()
        with pytest.raises(BulkheadFull), bulkhead.place():
            pytest.fail("two calls in one place")
        assert 0.08 < time.perf_counter() - started < 2.0
        assert bulkhead.in_flight == 1
    assert bulkhead.in_flight == 0


def test_a_place_comes_back_when_the_call_fails() -> None:
    bulkhead = Bulkhead(1, wait_s=0.0)
    for _ in range(3):
        with pytest.raises(RuntimeError), bulkhead.place():
            raise RuntimeError
    with bulkhead.place():
        assert bulkhead.in_flight == 1


def test_who_waits_gets_the_place_that_comes_free() -> None:
    bulkhead = Bulkhead(1, wait_s=5.0)
    entered = threading.Event()

    def hold() -> None:
        with bulkhead.place():
            entered.set()
            time.sleep(0.1)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(5)
    with bulkhead.place():
        assert bulkhead.in_flight == 1
    holder.join(5)


def _most_at_once(bulkhead: Bulkhead) -> int:
    most, now, lock = 0, 0, threading.Lock()

    def call() -> None:
        nonlocal most, now
        with bulkhead.place():
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.02)
            with lock:
                now -= 1

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return most


def test_never_more_calls_at_once_than_places() -> None:
    assert _most_at_once(Bulkhead(3, wait_s=10.0)) == 3


def test_twin_without_a_cap_all_calls_run_at_once() -> None:
    assert _most_at_once(Bulkhead(1_000, wait_s=10.0)) > 3


def test_greenlets_wait_without_stopping_the_others() -> None:
    printed = run_in_greenlets(
        """
        from services.chassis.limits import Bulkhead, BulkheadFull
        bulkhead, outcomes, ticks = Bulkhead(1, wait_s=0.2), [], []
        def hold():
            with bulkhead.place(): eventlet.sleep(0.6)
        def ask():
            try:
                with bulkhead.place(): outcomes.append("in")
            except BulkheadFull: outcomes.append("full")
        def tick():
            for _ in range(10):
                ticks.append(1); eventlet.sleep(0.01)
        holder = eventlet.spawn(hold); eventlet.sleep(0)
        asker = eventlet.spawn(ask); ticker = eventlet.spawn(tick)
        ticker.wait(); print(len(ticks), outcomes)
        asker.wait(); print(outcomes)
        """
    )
    assert printed.splitlines() == ["10 []", "['full']"]


@pytest.mark.parametrize(("places", "wait_s"), [(0, 1.0), (-1, 1.0), (1, -0.1)])
def test_a_bulkhead_that_could_never_open_is_refused(places: int, wait_s: float) -> None:
    with pytest.raises(ValueError, match="bulkhead"):
        Bulkhead(places, wait_s)


def test_bounds_agree_with_each_other() -> None:
    assert limits.LOCK_TIMEOUT_S < limits.STATEMENT_TIMEOUT_S < limits.SHUTDOWN_GRACE_S
    # A gateway's slow calls, half of its places, leave workers for as many others as there are connections.
    assert limits.SERVICE_WORKERS == limits.CALLS_IN_FLIGHT // 2 + POOL_SIZE <= limits.CALLS_IN_FLIGHT
    assert limits.MAX_NOTICE_BYTES < limits.MAX_JSON_BYTES < limits.MAX_ROSTER_BYTES
