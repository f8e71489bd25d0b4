"""What the soak calls grown, and that it sees a process that grows."""

from __future__ import annotations

import os

import pytest

from tests.faults.soak import Sample, grown, sample

SAMPLES = 90


def samples(**growth: float) -> list[Sample]:
    """Fifteen minutes of one process; ``growth`` is from the first sample to the last."""
    return [
        Sample(
            10.0 * number,
            "dues",
            100.0 + growth.get("memory_mib", 0.0) * number / SAMPLES,
            50 + int(growth.get("handles", 0.0) * number / SAMPLES),
            20 + int(growth.get("threads", 0.0) * number / SAMPLES),
        )
        for number in range(SAMPLES)
    ]


def test_what_stays_is_flat() -> None:
    assert grown(samples()) == []
    assert grown(samples(memory_mib=3, handles=2, threads=2)) == []


@pytest.mark.parametrize(("what", "size"), [("memory_mib", 30.0), ("handles", 40.0), ("threads", 30.0)])
def test_what_grows_is_named(what: str, size: float) -> None:
    (found,) = grown(samples(**{what: size}))
    assert what.removesuffix("_mib") in found


def test_growth_before_it_is_warm_is_not_counted() -> None:
    early = [Sample(0.0, "dues", 10.0, 5, 2)] * 30 + [Sample(0.0, "dues", 100.0, 50, 20)] * 60
    assert grown(early) == []


def test_too_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="too short"):
        grown(samples()[:8])


def test_a_process_that_takes_memory_and_handles_is_seen() -> None:
    before = sample("this", os.getpid(), 0.0)
    held = bytearray(os.urandom(1)) * (32 * 1024 * 1024)
    files = [open(os.devnull) for _ in range(10)]  # noqa: SIM115 (held on purpose)
    after = sample("this", os.getpid(), 1.0)
    for file in files:
        file.close()
    assert len(held) == 32 * 1024 * 1024
    assert after.memory_mib - before.memory_mib > 16
    assert after.handles - before.handles == 10
