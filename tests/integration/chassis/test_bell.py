"""A commit wakes the relay; without the bell, or while its connection is lost, the tick does what it did."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from deploy.local.stack import Stack
from services.chassis.core import Core
from services.chassis.declare import declare
from services.contracts import topology
from tests.integration.chassis.courier import Courier, within
from tests.integration.chassis.telling import EXPORT, TO_JOBS, happen, taken, waiting
from tests.unit.chassis.green import run_in_greenlets

HARDLY_EVER_S = 3600.0
SETTLE_S = 1.0
START_S = 60.0
LISTENS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
Start = Callable[[float], subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("bell")) as running:
        declare(running.amqp_uri)
        yield running


@pytest.fixture
def courier(stack: Stack) -> Iterator[Courier]:
    with closing(Courier(stack.amqp_uri)) as opened:
        yield opened
        for spec in topology.queues():
            opened.channel.queue_purge(spec.name)


@pytest.fixture
def start(stack: Stack, core: Core) -> Iterator[Start]:
    """Starts a jobs process that looks by itself every so many seconds."""
    children = []

    def started(seconds: float) -> subprocess.Popen[bytes]:
        url = core.settings.database_url.reveal()
        module = "tests.integration.chassis.trial_jobs"
        argv = [sys.executable, "-m", module, stack.amqp_uri, url, str(seconds)]
        children.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return children[-1]

    yield started
    for child in children:
        child.kill()
        child.wait()


def listeners(core: Core) -> list[tuple[int, str]]:
    """Process and state of the connections that listen."""
    with core.database.snapshot() as db:
        return [(row.pid, row.state) for row in db.execute(sa.text(f"SELECT pid, state {LISTENS}"))]


def told(courier: Courier, seconds: float = START_S) -> list[tuple[str, str]]:
    return within(lambda: taken(courier, TO_JOBS) or None, seconds)


def awake(core: Core, courier: Courier, start: Start) -> subprocess.Popen[bytes]:
    """A process that listens: it has told what was there before."""
    happen(core, EXPORT, "one", "before")
    child = start(HARDLY_EVER_S)
    assert told(courier) == [("one", "before")]
    return child


def test_what_is_committed_is_told_at_once(core: Core, courier: Courier, start: Start) -> None:
    awake(core, courier, start)
    for word in ("1", "2", "3"):
        happen(core, EXPORT, "one", word)
        assert told(courier) == [("one", word)]
    assert [state for _, state in listeners(core)] == ["idle"]


def test_twin_without_the_bell_it_waits_for_the_tick(core: Core, courier: Courier, start: Start) -> None:
    awake(core, courier, start)
    happen(core, EXPORT, "one", "1", rings=False)
    time.sleep(SETTLE_S)
    assert [taken(courier, TO_JOBS), waiting(core)] == [[], [("one", "1")]]


def test_the_tick_tells_what_no_bell_told_of(core: Core, courier: Courier, start: Start) -> None:
    start(0.1)
    happen(core, EXPORT, "one", "1")
    assert told(courier) == [("one", "1")]
    happen(core, EXPORT, "one", "2", rings=False)
    assert told(courier) == [("one", "2")]


def test_a_lost_connection_is_opened_again_and_what_was_missed_is_told(
    core: Core, courier: Courier, start: Start
) -> None:
    awake(core, courier, start)
    ((lost, _),) = listeners(core)
    with core.database.transaction() as db:
        db.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    happen(core, EXPORT, "one", "missed")
    assert told(courier) == [("one", "missed")]
    happen(core, EXPORT, "one", "heard")
    assert told(courier) == [("one", "heard")]


def test_a_roll_back_rings_no_bell(core: Core) -> None:
    with core.database.hearing("outbox") as heard:
        with pytest.raises(sa.exc.DataError), core.database.transaction() as db:
            db.execute(sa.text("SELECT pg_notify('outbox', ''), 1 / (random() * 0)::int"))
        assert not heard(0.2)
        happen(core, EXPORT, "one", "1", "2")
        assert heard(START_S)
        assert not heard(0.2)


def test_listening_lets_other_greenlets_go_on(core: Core) -> None:
    url = core.settings.database_url.reveal()
    printed = run_in_greenlets(
        f"""
        from services.chassis.database import Database
        ticks = []
        def tick():
            while True:
                ticks.append(1); eventlet.sleep(0.01)
        eventlet.spawn(tick)
        with Database({url!r}, name="test").hearing("outbox") as heard:
            before = len(ticks); heard(0.5); print(len(ticks) - before > 5)
        """
    )
    assert printed == "True"


def test_a_process_that_listens_ends_when_it_is_asked_to(core: Core, courier: Courier, start: Start) -> None:
    child = awake(core, courier, start)
    child.send_signal(signal.SIGTERM)
    assert child.wait(START_S) == 0
    assert listeners(core) == []
