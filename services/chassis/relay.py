"""The relay: tells the events that wait in the outbox, in their order, each at least once.

Reads, lets the database go, publishes with confirm and ``mandatory``, then marks what the broker has taken. A crash in between
tells an event twice, which the inbox of each listener stops; none is told never.

Of one subject no event is told before an earlier one. What the broker refuses is left alone for a growing while, and with it all
that follows of its subject; the other subjects go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from struct import error as CanNotPack  # noqa: N812 (named as the other faults are)
from time import monotonic
from typing import Any, NamedTuple

import kombu
import orjson
import sqlalchemy as sa
from amqp.exceptions import FrameSyntaxError, MessageNacked, PreconditionFailed
from nameko.extensions import DependencyProvider

from services.chassis import failpoints, metrics
from services.chassis.core import Desk
from services.chassis.logging import get_logger
from services.chassis.patience import Patience
from services.chassis.tables import outbox
from services.chassis.work import Work
from services.contracts import topology
from services.contracts.envelope import CONTENT_TYPE, EVENT_EXCHANGE, TRACE_HEADER

_log = get_logger(__name__)
BATCH = 200
ROUNDS = 20
"""Batches in one run of the job: the rest waits for the next run, so that other jobs get their turn."""
CONFIRM_TIMEOUT_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Of what the broker refuses: a full queue empties in its own time."""
FIRST_AWAY_S, LONGEST_AWAY_S = 0.5, 5.0
"""Of a broker that is away: once it is back, events are late by this and no more."""
_HEARD = {key for keys in topology.LISTENERS.values() for key in keys}
_BROKER = "broker"


class Undeliverable(Exception):
    """The broker has no queue for an event that somebody listens to: the topology is not declared."""


_REFUSES_THE_TYPE = (Undeliverable, MessageNacked)
"""There is no queue for it, or the queue is full: so it is for every event of the type."""
_REFUSES_THE_EVENT = (PreconditionFailed, FrameSyntaxError, CanNotPack, TypeError, ValueError)
"""Too large, or not to be put into a message."""


class Waiting(NamedTuple):
    position: int
    body: bytes
    event_type: str
    trace: str
    subject: str
    event_id: str


class Asked(NamedTuple):
    """Which waiting events are wanted: none of these types or subjects, and none of a subject that waits for such a type."""

    source: str
    but_types: Sequence[str] = ()
    but_subjects: Sequence[str] = ()


class Publisher:
    """The relay's own connection to the broker."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._connection: kombu.Connection | None = None
        self._channel: Any = None
        self._returned: list[str] = []

    def publish(self, event: Waiting) -> None:
        """Returns when the broker has it safe. Raises when it has not, or Undeliverable."""
        try:
            channel = self._open_channel()
            self._returned.clear()
            message = channel.prepare_message(
                event.body,
                content_type=CONTENT_TYPE,
                content_encoding="utf-8",
                headers={TRACE_HEADER: event.trace},
                properties={"delivery_mode": 2},
            )
            channel.basic_publish_confirm(
                message,
                exchange=EVENT_EXCHANGE,
                routing_key=event.event_type,
                mandatory=True,
                confirm_timeout=CONFIRM_TIMEOUT_S,
            )
        except Exception:
            self.drop()
            raise
        if self._returned:
            raise Undeliverable(event.event_type)

    def _open_channel(self) -> Any:
        if self._channel is None:
            self._connection = kombu.Connection(
                self._uri, connect_timeout=3.0, transport_options={"confirm_publish": True}
            )
            self._connection.connect()
            self._channel = self._connection.channel()
            self._channel.events["basic_return"].add(self._on_return)
        return self._channel

    def _on_return(self, _exception: Any, _exchange: Any, routing_key: Any, _message: Any) -> None:
        self._returned.append(str(routing_key))

    def drop(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            try:
                connection.collapse()
            except Exception as fault:  # noqa: BLE001 (whatever the transport raises, it is gone)
                _log.debug("publisher_close", error=type(fault).__name__)


class Relay:
    """One service's relay, with what it knows of refusals. Of all replicas one runs at a time: a second would tell all twice."""

    def __init__(self, publisher: Publisher, source: str, seconds: Callable[[], float] = monotonic) -> None:
        self._publisher, self._source = publisher, source
        self._broker = Patience(FIRST_AWAY_S, LONGEST_AWAY_S, seconds)
        self._types = Patience(FIRST_WAIT_S, LONGEST_WAIT_S, seconds)
        self._subjects = Patience(FIRST_WAIT_S, LONGEST_WAIT_S, seconds)

    def run(self, desk: Desk) -> int:
        """Tells what waits; how many events are done with. Raises what keeps the broker from taking any."""
        if self._broker.leaves_alone(_BROKER):
            return 0
        told = 0
        for _ in range(ROUNDS):
            asked = Asked(self._source, self._types.left_alone(), self._subjects.left_alone())
            waiting = desk.read(waiting_events, asked)
            told += self._tell(desk, waiting)
            if len(waiting) < BATCH:
                break
        return told

    def close(self) -> None:
        self._publisher.drop()

    def _tell(self, desk: Desk, waiting: Sequence[Waiting]) -> int:
        done: list[int] = []
        behind: set[str] = set()
        try:
            for event in waiting:
                if not _is_behind(event, behind) and self._is_told(event):
                    done.append(event.position)
                else:
                    behind.add(event.subject)
        finally:
            if done:
                failpoints.reach("relay", "published")
                desk.run(mark_published, done)
        return len(done)

    def _is_told(self, event: Waiting) -> bool:
        """False when the broker refuses it, or has just refused its type. Raises when the broker is away."""
        if event.event_type not in _HEARD:
            return True
        if self._types.leaves_alone(event.event_type):
            return False
        try:
            self._publisher.publish(event)
        except _REFUSES_THE_TYPE as fault:
            self._note_refusal(event, fault, self._types.failed(event.event_type))
            return False
        except _REFUSES_THE_EVENT as fault:
            self._note_refusal(event, fault, self._subjects.failed(event.subject))
            return False
        except Exception:
            self._broker.failed(_BROKER)
            metrics.EVENTS_PUBLISHED.labels(self._source, "failed").inc()
            raise
        self._broker.succeeded(_BROKER)
        self._types.succeeded(event.event_type)
        self._subjects.succeeded(event.subject)
        metrics.EVENTS_PUBLISHED.labels(self._source, "ok").inc()
        return True

    def _note_refusal(self, event: Waiting, fault: Exception, wait_s: float) -> None:
        metrics.EVENTS_PUBLISHED.labels(self._source, "refused").inc()
        _log.warning(
            "event_not_taken",
            type=event.event_type,
            event_id=event.event_id,
            error=type(fault).__name__,
            again_in_s=wait_s,
        )


class RelayProvider(DependencyProvider):  # type: ignore[misc]
    """Gives a jobs process its relay."""

    def setup(self) -> None:
        self.relay = Relay(Publisher(self.container.config["AMQP_URI"]), area_of(self.container.service_name))

    def stop(self) -> None:
        self.relay.close()

    def get_dependency(self, worker_ctx: Any) -> Relay:  # noqa: ARG002 (nameko's signature)
        return self.relay


def area_of(name: str) -> str:
    """Whose events a process tells: those of its area."""
    return name.removesuffix("-jobs")


def _is_behind(event: Waiting, behind: set[str]) -> bool:
    """Whether an earlier one of its subject was not told."""
    return event.subject in behind


def waiting_events(work: Work, asked: Asked) -> list[Waiting]:
    wanted = sa.select(outbox).where(outbox.c.published_at.is_(None))
    if asked.but_types:
        wanted = wanted.where(outbox.c.type.not_in(asked.but_types), _subject_waits_for_none(asked.but_types))
    if asked.but_subjects:
        wanted = wanted.where(outbox.c.subject.not_in(asked.but_subjects))
    rows = work.db.execute(wanted.order_by(outbox.c.position).limit(BATCH))
    return [
        Waiting(row.position, _cloud_event(row, asked.source), row.type, row.trace, row.subject, row.event_id)
        for row in rows
    ]


def _subject_waits_for_none(types: Sequence[str]) -> sa.ColumnElement[bool]:
    """Also what is earlier than the one that waits stays until the type is tried again, since that is looked up with one pass."""
    held = outbox.alias("held")
    waits = sa.select(held.c.subject).where(held.c.published_at.is_(None), held.c.type.in_(types))
    return outbox.c.subject.not_in(waits)


def _cloud_event(row: Any, source: str) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": row.event_id,
            "source": source,
            "type": row.type,
            "subject": row.subject,
            "time": row.occurred_at,
            "data": row.data,
        }
    )


def mark_published(work: Work, positions: Sequence[int]) -> None:
    work.db.execute(sa.update(outbox).where(outbox.c.position.in_(positions)).values(published_at=work.now))


def show_lag(desk: Desk, source: str) -> None:
    """Sets the figures of the alarm. Apart from the relay, which raises while the broker is away, and in every replica, so that
    none goes on showing an old one."""
    rows, oldest = desk.read(lag, None)
    metrics.OUTBOX_LAG_ROWS.labels(source).set(rows)
    metrics.OUTBOX_LAG_SECONDS.labels(source).set((desk.clock.now() - oldest).total_seconds() if oldest else 0)


def lag(work: Work, _: None) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    waiting = sa.select(sa.func.count(), sa.func.min(outbox.c.occurred_at)).where(outbox.c.published_at.is_(None))
    rows, oldest = work.db.execute(waiting).one()
    return rows, oldest
