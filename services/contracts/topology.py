"""Who publishes what and who listens: the broker's exchanges and queues, declared before anything starts.

An event published before its queue exists would be lost without an error, so ``chassis.declare`` makes all of this first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.contracts.envelope import EVENT_EXCHANGE, RPC_EXCHANGE

SERVICES = ("members", "dues")
DEAD_EXCHANGE = "dead"
DELIVERY_LIMIT = 3
"""Tries of an event before it is parked for a person: a fault that passes has passed by then."""
CALL_TRIES = 3
"""Deliveries of a call, each of which ended its process or its connection, before it is parked: it must not end every process."""
RPC_QUEUE_LENGTH = 10_000
"""Calls that may wait for one service; above it the broker refuses and the gateway answers 503 at once."""

EVENT_QUEUE_LENGTH = 100_000
"""Events that may wait for one listener; above it the broker refuses and they wait in the outbox."""
DEAD_QUEUE_LENGTH = 100_000
"""Parked messages kept for a person to look at; the oldest go first."""

LISTENERS: dict[str, tuple[str, ...]] = {
    "dues": ("members.organisations_changed", "members.roster_changed", "members.reminder_carried"),
    "members": (
        "dues.order_settled",
        "dues.refund_approved",
        "dues.refund_refused",
        "dues.cash_refund_approved",
        "dues.order_refunded",
        "dues.arrears_reminded",
    ),
    "members-jobs": ("members.roster_import_requested", "members.roster_export_requested"),
}
"""Who hears which events: each listener has one queue of its own."""


@dataclass(frozen=True, slots=True)
class QueueSpec:
    name: str
    bindings: tuple[tuple[str, str], ...]
    """Pairs of exchange and routing key."""
    arguments: dict[str, Any] = field(default_factory=dict)


def rpc_queue(service: str) -> str:
    return f"rpc-{service}"


def event_queue(listener: str) -> str:
    return f"events-{listener}"


def dead_queue(name: str) -> str:
    return f"dead-{name}"


EXCHANGES: tuple[tuple[str, str], ...] = ((RPC_EXCHANGE, "topic"), (EVENT_EXCHANGE, "topic"), (DEAD_EXCHANGE, "direct"))


def rpc_spec(service: str) -> QueueSpec:
    """Where calls wait. A queue of the classic kind: a call lives for seconds, and is not worth a write to the disk.

    No dead-letter exchange: an expired call is of no use to anybody. What is malformed the door itself parks, with the reason.
    """
    arguments = {"x-max-length": RPC_QUEUE_LENGTH, "x-overflow": "reject-publish"}
    return QueueSpec(rpc_queue(service), ((RPC_EXCHANGE, f"{service}.*"),), arguments)


def event_spec(listener: str) -> QueueSpec:
    name = event_queue(listener)
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-max-length": EVENT_QUEUE_LENGTH,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": name,
    }
    return QueueSpec(name, tuple((EVENT_EXCHANGE, key) for key in LISTENERS[listener]), arguments)


def dead_spec(name: str) -> QueueSpec:
    """Where what a queue could not use waits for a person."""
    return QueueSpec(dead_queue(name), ((DEAD_EXCHANGE, name),), {"x-max-length": DEAD_QUEUE_LENGTH})


def live_queues() -> tuple[QueueSpec, ...]:
    return (*map(rpc_spec, SERVICES), *map(event_spec, LISTENERS))


def queues() -> tuple[QueueSpec, ...]:
    """All durable queues, each with the one where its dead letters are parked."""
    live = live_queues()
    return (*live, *(dead_spec(spec.name) for spec in live))
