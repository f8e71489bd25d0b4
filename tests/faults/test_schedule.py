"""The schedule of faults: the same seed, the same faults; each kind is there; ten minutes hold what was promised."""

from __future__ import annotations

import pytest

from services.dues.service import SERVICES as DUES
from tests.faults.injector import _DOING
from tests.faults.schedule import FAILPOINTS, KINDS, LINKS, PROCESSES, plan

FAULTS_IN_TEN_MINUTES, KINDS_AT_LEAST = 300, 15


def test_the_seed_alone_decides() -> None:
    assert plan(7, 600) == plan(7, 600)
    assert plan(7, 600) != plan(8, 600)


@pytest.mark.parametrize("seconds", [40, 600])
def test_each_kind_strikes_in_order_of_time(seconds: int) -> None:
    faults = plan(1, seconds)
    assert {one.kind for one in faults} == set(KINDS)
    assert [one.at_s for one in faults] == sorted(one.at_s for one in faults)
    assert all(0 <= one.at_s <= seconds for one in faults)
    assert [one.number for one in faults] == list(range(len(faults)))


def test_ten_minutes_hold_what_was_promised() -> None:
    for seed in range(20):
        faults = plan(seed, 600)
        assert len(faults) >= FAULTS_IN_TEN_MINUTES
        assert len({one.kind for one in faults}) >= KINDS_AT_LEAST
        targets = {one.target for one in faults}
        assert targets >= set(PROCESSES)
        assert targets >= set(LINKS)


def test_each_kind_can_be_done() -> None:
    assert set(_DOING) == set(KINDS)


def test_each_failpoint_is_in_a_process_that_runs() -> None:
    assert {process for process, _ in FAILPOINTS} <= set(PROCESSES)
    assert {"dues", "dues-jobs"} == set(DUES)
