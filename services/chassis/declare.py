"""Declares the broker's exchanges and queues: ``python -m services.chassis.declare``, before anything starts. Safe to repeat."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable

import kombu
from kombu.exceptions import OperationalError

from services.contracts import topology

WAIT_S = 60.0
"""For a broker that is still starting."""


def declare(uri: str, wait_s: float = WAIT_S) -> int:
    """Makes what ``topology`` lists; how many queues. Raises OperationalError when the broker stays away."""
    until = time.monotonic() + wait_s
    while True:
        try:
            with kombu.Connection(uri, connect_timeout=5) as connection:
                specs = topology.queues()
                declare_queues(connection, specs)
                return len(specs)
        except (OSError, OperationalError):
            if time.monotonic() >= until:
                raise
            time.sleep(0.5)


def declare_queues(connection: kombu.Connection, specs: Iterable[topology.QueueSpec]) -> None:
    channel = connection.channel()
    exchanges = {}
    for name, kind in topology.EXCHANGES:
        exchanges[name] = kombu.Exchange(name, type=kind, durable=True)
        exchanges[name](channel).declare()
    for spec in specs:
        bindings = [kombu.binding(exchanges[name], routing_key=key) for name, key in spec.bindings]
        kombu.Queue(spec.name, bindings=bindings, durable=True, queue_arguments=spec.arguments)(channel).declare()


if __name__ == "__main__":
    uri = os.environ.get("AMQP_URI", "")
    if not uri:
        print("AMQP_URI is missing. It should be RabbitMQ's address.", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    print(f"{declare(uri)} queues declared")  # noqa: T201
