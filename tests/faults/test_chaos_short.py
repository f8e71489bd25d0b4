"""The fault bench in short: every kind of fault once or more, payments beside it, and nothing goes astray."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.bench import running_bench
from tests.faults.chaos import run, table
from tests.faults.schedule import KINDS

SEED = 1
SECONDS = 45.0
PAYMENTS_PER_S = 4.0
PEOPLE = 160


@pytest.mark.timeout(600)
def test_every_kind_of_fault_and_no_payment_lost_or_doubled(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("chaos")
    with running_bench(_reachable(folder) / "data", payers=PEOPLE, seed=SEED) as bench:
        outcome = run(bench, seconds=SECONDS, seed=SEED, per_s=PAYMENTS_PER_S, say=print)
    print(table(outcome))
    assert outcome.breaches == []
    assert outcome.not_done == []
    assert set(outcome.faults) == set(KINDS)
    assert outcome.sums["taken"] > 0


def _reachable(folder: Path) -> Path:
    """PostgreSQL runs as another user beneath it when we are root."""
    folder.chmod(0o755)
    return folder
