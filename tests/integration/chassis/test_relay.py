"""The relay on a real broker: the order of each subject, what is refused, a broker that is away, one relay at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from amqp import Channel

from deploy.local.stack import Stack
from services.chassis import relay as relaying
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.declare import declare
from services.chassis.metrics import REGISTRY
from services.chassis.relay import LONGEST_WAIT_S, Publisher, Relay, Waiting, show_lag
from services.chassis.service import ChassisJobs
from services.contracts import topology
from tests.integration.chassis import telling
from tests.integration.chassis.courier import Courier
from tests.integration.chassis.telling import (
    EXPORT,
    ROSTER,
    TO_DUES,
    TO_JOBS,
    Seconds,
    happen,
    relay_of,
    run_once,
    taken,
    waiting,
)

NO_BROKER = "amqp://nobody@127.0.0.1:1/"
JOINED_S = 20.0
MakeRelay = Callable[[str, Seconds], Relay]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("relay")) as running:
        yield running


@pytest.fixture
def uri(stack: Stack) -> str:
    declare(stack.amqp_uri)
    return stack.amqp_uri


@pytest.fixture
def make_relay() -> Iterator[MakeRelay]:
    with ExitStack() as made:
        yield lambda uri, seconds: made.enter_context(closing(relay_of(uri, seconds)))


@pytest.fixture
def courier(uri: str) -> Iterator[Courier]:
    with closing(Courier(uri)) as opened:
        yield opened
        for spec in topology.queues():
            opened.delete(spec.name)


def no_queue(_uri: str, courier: Courier) -> None:
    telling.take_away(courier, TO_DUES)


def full_queue(uri: str, courier: Courier) -> None:
    telling.make_full(uri, courier, TO_DUES)


def test_what_waits_is_told_in_its_order_and_marked(core: Core, uri: str, courier: Courier) -> None:
    for word in ("1", "2"):
        happen(core, ROSTER, "one", word)
        happen(core, EXPORT, "one", word)
        happen(core, telling.NOBODY_HEARS, "one", word)
    assert run_once(core, uri) == 6
    assert [taken(courier, TO_DUES), taken(courier, TO_JOBS)] == [[("one", "1"), ("one", "2")]] * 2
    assert waiting(core) == []


@pytest.mark.parametrize("refuse", [no_queue, full_queue])
@pytest.mark.parametrize("batch", [1, 2, 200])
def test_a_refused_event_holds_up_its_subject_and_no_other(
    core: Core,
    make_relay: MakeRelay,
    uri: str,
    courier: Courier,
    monkeypatch: pytest.MonkeyPatch,
    refuse: Callable[[str, Courier], None],
    batch: int,
) -> None:
    monkeypatch.setattr(relaying, "BATCH", batch)
    monkeypatch.setattr(relaying, "ROUNDS", 20)
    refuse(uri, courier)
    happen(core, ROSTER, "one", "1", "2")
    happen(core, EXPORT, "one", "3")
    happen(core, EXPORT, "two", "4")
    seconds = Seconds()
    relay = make_relay(uri, seconds)
    for _ in range(3):
        relay.run(core.desk())
    assert taken(courier, TO_JOBS) == [("two", "4")]
    assert waiting(core) == [("one", "1"), ("one", "2"), ("one", "3")]
    telling.restore(uri, courier, TO_DUES)
    seconds.now += LONGEST_WAIT_S
    relay.run(core.desk())
    assert [taken(courier, TO_DUES), taken(courier, TO_JOBS)] == [[("one", "1"), ("one", "2")], [("one", "3")]]
    assert waiting(core) == []


def test_twin_without_the_look_at_its_subject_a_later_event_is_told_first(
    core: Core, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "_is_behind", lambda *_: False)
    no_queue(uri, courier)
    happen(core, ROSTER, "one", "1")
    happen(core, EXPORT, "one", "2")
    run_once(core, uri)
    assert taken(courier, TO_JOBS) == [("one", "2")]


def test_twin_without_the_look_at_what_waits_a_later_batch_is_told_first(
    core: Core, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "BATCH", 1)
    monkeypatch.setattr(relaying, "_subject_waits_for_none", lambda _: sa.true())
    no_queue(uri, courier)
    happen(core, ROSTER, "one", "1")
    happen(core, EXPORT, "one", "2")
    run_once(core, uri)
    assert taken(courier, TO_JOBS) == [("one", "2")]


def test_an_event_that_no_message_can_carry_holds_up_its_subject_and_no_other_of_its_type(
    core: Core, make_relay: MakeRelay, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_long = "members." + "a" * 300
    monkeypatch.setattr(relaying, "_HEARD", {EXPORT, too_long})
    happen(core, too_long, "one", "1")
    happen(core, EXPORT, "one", "2")
    happen(core, EXPORT, "two", "3")
    seconds = Seconds()
    relay = make_relay(uri, seconds)
    for _ in range(2):
        relay.run(core.desk())
        seconds.now += LONGEST_WAIT_S
    assert taken(courier, TO_JOBS) == [("two", "3")]
    assert waiting(core) == [("one", "1"), ("one", "2")]


def test_what_is_refused_is_tried_again_after_growing_waits(
    core: Core, make_relay: MakeRelay, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []
    seconds = Seconds()
    publish = Publisher.publish

    def noted(self: Publisher, event: Waiting) -> None:
        tried.append(seconds.now)
        publish(self, event)

    monkeypatch.setattr(Publisher, "publish", noted)
    no_queue(uri, courier)
    happen(core, ROSTER, "one", "1")
    relay = make_relay(uri, seconds)
    for now in range(200):
        seconds.now = float(now)
        relay.run(core.desk())
    assert tried == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]


def test_twin_without_mandatory_what_no_queue_takes_is_lost(
    core: Core, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "_on_return", lambda *_: None)
    no_queue(uri, courier)
    happen(core, ROSTER, "one", "1")
    run_once(core, uri)
    telling.restore(uri, courier, TO_DUES)
    assert [waiting(core), taken(courier, TO_DUES)] == [[], []]


def test_twin_without_a_confirm_what_a_full_queue_refuses_is_lost(
    core: Core, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(self: Channel, message: Any, *, confirm_timeout: float, **where: Any) -> None:
        self._basic_publish(message, **where)

    monkeypatch.setattr(Channel, "basic_publish_confirm", publish)
    full_queue(uri, courier)
    happen(core, ROSTER, "one", "1")
    run_once(core, uri)
    telling.restore(uri, courier, TO_DUES)
    assert [waiting(core), taken(courier, TO_DUES)] == [[], []]


def published(outcome: str) -> float:
    labels = {"service": "members", "outcome": outcome}
    return REGISTRY.get_sample_value("events_published_total", labels) or 0.0


def test_a_broker_that_is_away_is_left_alone_for_a_while_and_then_told_all(
    core: Core, make_relay: MakeRelay, uri: str, courier: Courier
) -> None:
    happen(core, EXPORT, "one", "1", "2")
    seconds = Seconds()
    relay = make_relay(NO_BROKER, seconds)
    before = published("failed")
    with pytest.raises(OSError, match="refused"):
        relay.run(core.desk())
    assert [relay.run(core.desk()) for _ in range(3)] == [0, 0, 0]
    assert published("failed") - before == 1
    seconds.now += relaying.LONGEST_AWAY_S
    relay._publisher = Publisher(uri)
    assert relay.run(core.desk()) == 2
    assert taken(courier, TO_JOBS) == [("one", "1"), ("one", "2")]


def lag(figure: str) -> float | None:
    return REGISTRY.get_sample_value(f"outbox_lag_{figure}", {"service": "members"})


def test_the_lag_is_shown_also_while_the_broker_is_away(core: Core, uri: str, courier: Courier) -> None:
    happen(core, EXPORT, "one", "1", "2")
    with pytest.raises(OSError, match="refused"):
        run_once(core, NO_BROKER)
    with core.database.transaction() as db:
        db.execute(sa.text("UPDATE outbox SET occurred_at = occurred_at - interval '90 s' WHERE data ->> 'word' = '1'"))
    show_lag(core.desk(), "members")
    assert [lag("rows"), lag("seconds")] == [2.0, 90.0]
    run_once(core, uri)
    show_lag(core.desk(), "members")
    assert [lag("rows"), lag("seconds")] == [0.0, 0.0]
    assert len(taken(courier, TO_JOBS)) == 2


class Slow(Publisher):
    """Waits with each event until it may go on."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.began, self.goes_on = threading.Event(), threading.Event()

    def publish(self, event: Waiting) -> None:
        self.began.set()
        assert self.goes_on.wait(JOINED_S)
        super().publish(event)


def replica(core: Core, publisher: Publisher) -> Any:
    jobs: Any = ChassisJobs()
    jobs.name, jobs.core, jobs.relay = "members-jobs", core, Relay(publisher, "members")
    return jobs


def told_by_two(core: Core, uri: str, courier: Courier) -> telling.Told:
    """What comes of it when a second replica looks while the first is in the middle of telling."""
    happen(core, EXPORT, "one", "1", "2")
    slow = Slow(uri)
    first, second = replica(core, slow), replica(core, Publisher(uri))
    telling_now = threading.Thread(target=first.tell_events)
    telling_now.start()
    assert slow.began.wait(JOINED_S)
    second.tell_events()
    slow.goes_on.set()
    telling_now.join(JOINED_S)
    for one in (first, second):
        one.relay.close()
    return taken(courier, TO_JOBS)


def test_of_two_replicas_one_tells(core: Core, uri: str, courier: Courier) -> None:
    assert told_by_two(core, uri, courier) == [("one", "1"), ("one", "2")]


def test_twin_without_the_lock_both_tell(
    core: Core, uri: str, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def unlocked(self: Database, name: str) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(Database, "alone", unlocked)
    assert len(told_by_two(core, uri, courier)) == 4


def test_a_second_replica_takes_over_when_the_first_has_gone(core: Core, uri: str, courier: Courier) -> None:
    happen(core, EXPORT, "one", "1")
    second = replica(core, Publisher(uri))
    with core.database.alone("members-jobs.tell_events"):
        second.tell_events()
        assert taken(courier, TO_JOBS) == []
    second.tell_events()
    second.relay.close()
    assert taken(courier, TO_JOBS) == [("one", "1")]
