"""Events put into an outbox as a use case leaves them, and what the listeners' queues then hold."""

from __future__ import annotations

import urllib.request
from base64 import b64encode
from contextlib import closing
from urllib.parse import urlsplit

import kombu
import orjson
import sqlalchemy as sa

from services.chassis.core import Core
from services.chassis.declare import declare, declare_queues
from services.chassis.ids import new_id
from services.chassis.outbox import ring
from services.chassis.relay import Publisher, Relay
from services.chassis.tables import outbox
from services.contracts import topology
from tests.integration.chassis.courier import Courier, within

ROSTER, EXPORT = "members.roster_changed", "members.roster_export_requested"
TO_DUES, TO_JOBS = topology.event_queue("dues"), topology.event_queue("members-jobs")
NOBODY_HEARS = "trial.nobody_hears"
Told = list[tuple[str, str]]


class Seconds:
    """A clock for waits, which a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run_once(core: Core, uri: str) -> int:
    """A relay's first run; how many events are done with."""
    with closing(relay_of(uri)) as relay:
        return relay.run(core.desk())


def relay_of(uri: str, seconds: Seconds | None = None) -> Relay:
    return Relay(Publisher(uri), "members", seconds or Seconds())


def happen(core: Core, kind: str, subject: str, *words: str, rings: bool = True) -> None:
    """Events of one subject, each with a word, in a transaction of their own."""
    now = core.settings.clock.now()
    fixed = {"type": kind, "subject": subject, "trace": "", "occurred_at": now}
    rows = [{**fixed, "event_id": new_id(), "data": {"export_id": new_id(), "word": word}} for word in words]
    with core.database.transaction() as db:
        db.execute(sa.insert(outbox), rows)
        if rings:
            ring(db)


def waiting(core: Core) -> Told:
    """Subject and word of what is not told yet."""
    with core.database.snapshot() as db:
        rows = db.execute(sa.select(outbox).where(outbox.c.published_at.is_(None)).order_by(outbox.c.position))
        return [(row.subject, row.data["word"]) for row in rows]


def taken(courier: Courier, queue: str) -> Told:
    """Subject and word of all that a queue holds, taken from it."""
    found = []
    while (message := courier.get(queue)) is not None:
        event = orjson.loads(message.body)
        found.append((event["subject"], event["data"]["word"]))
    return found


def take_away(courier: Courier, queue: str) -> None:
    courier.delete(queue)


def make_full(uri: str, courier: Courier, queue: str) -> None:
    """In its place one that holds a single message and is full."""
    courier.delete(queue)
    spec = next(one for one in topology.live_queues() if one.name == queue)
    small = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with kombu.Connection(uri) as connection:
        declare_queues(connection, [topology.QueueSpec(queue, spec.bindings, small)])
    courier.put("", queue.encode(), b"{}", {})
    within(lambda: True if courier.waiting(queue) == 1 else None)


def restore(uri: str, courier: Courier, queue: str) -> None:
    """The queue as it should be, empty."""
    courier.delete(queue)
    declare(uri)


def lose_everything(management_uri: str) -> None:
    """The broker forgets all exchanges, queues and messages, as one with a new disk has."""
    parts = urlsplit(management_uri)
    token = b64encode(f"{parts.username}:{parts.password}".encode()).decode()

    def ask(verb: str, path: str, body: bytes = b"{}") -> None:
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        address = f"{parts.scheme}://{parts.hostname}:{parts.port}/api/{path}"
        with urllib.request.urlopen(urllib.request.Request(address, body, headers, method=verb), timeout=30):
            pass

    ask("DELETE", "vhosts/%2F")
    ask("PUT", "vhosts/%2F")
    ask("PUT", f"permissions/%2F/{parts.username}", b'{"configure": ".*", "write": ".*", "read": ".*"}')
