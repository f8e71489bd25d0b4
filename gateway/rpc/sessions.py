"""What the client keeps on its two connections: the queue of replies with its consumer, and the channel that publishes.

Owns AMQP channels. Both sessions are made in their link's thread; ``publish`` is the one thing other threads call here.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from time import monotonic
from typing import Any

import kombu
from amqp import spec
from amqp.exceptions import NotFound as QueueNotFound

from gateway.rpc.link import writer_of
from gateway.rpc.pending import Fault, Outcome, PendingCall, PendingCalls
from services.chassis import metrics
from services.contracts.envelope import RPC_EXCHANGE
from services.contracts.topology import rpc_queue

ABSENT_AFTER_LOOKS = 4
"""Looks, one each tick, at a queue without a consumer before its service counts as absent: a lost connection is back sooner."""
UNANSWERED_LOOKS = 6
"""Looks in a row, one each tick, that the broker leaves without an answer before the connection counts as dead. Replies would
come over it as little as answers do, and heartbeats would need twenty seconds to say so."""


class Lost(Exception):
    """The connection broke before or while the call was written."""


class Silent(Exception):
    """The broker has not answered on this connection for so long that another one is better."""


class Presence:
    """Which services have a consumer at their queue, so that a call to an absent one fails at once.

    A durable queue takes calls for a service that is not running; without this look each would wait for its time-out.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self.services = tuple(services)
        self._empty_looks = dict.fromkeys(self.services, 0)

    def is_absent(self, service: str) -> bool:
        return self._empty_looks.get(service, 0) >= ABSENT_AFTER_LOOKS

    def looked(self, service: str, consumers: int) -> None:
        looks = self._empty_looks[service]
        self._empty_looks[service] = 0 if consumers else min(looks + 1, ABSENT_AFTER_LOOKS)


class ReplySession:
    """This connection's own queue of replies, under a name and key that nobody used before."""

    def __init__(self, connection: Any, pending: PendingCalls, presence: Presence) -> None:
        self.reply_to = str(uuid.uuid4())
        self._pending = pending
        self._presence = presence
        self.gone = False
        channel = connection.channel()
        channel.auto_decode = False
        queue = kombu.Queue(
            f"rpc.reply-gateway-{self.reply_to}",
            kombu.Exchange(RPC_EXCHANGE, type="topic", durable=True),
            routing_key=self.reply_to,
            exclusive=True,
            auto_delete=True,
            durable=False,
        )
        queue(channel).declare()
        channel.basic_consume(queue.name, no_ack=True, callback=self._received)
        self._watch = connection.channel()
        # An answer that comes late must not pass for the answer to the next question: each names its queue.
        self._watch._callbacks[spec.Queue.DeclareOk] = self._looked
        self._services = {rpc_queue(service): service for service in presence.services}
        self._unanswered = 0

    def tick(self) -> None:
        """Looks whether each service listens. Raises Silent."""
        for queue, service in self._services.items():
            try:
                self._watch.queue_declare(queue, passive=True)
            except QueueNotFound:  # the channel, closed by this, has opened itself again
                self._presence.looked(service, 0)
            except TimeoutError:  # nothing is known now; the next look comes with the next tick
                self._unanswered += 1
                if self._unanswered >= UNANSWERED_LOOKS:
                    raise Silent from None
                return
        self._unanswered = 0

    def _looked(self, queue: str, _messages: int, consumers: int) -> None:
        self._presence.looked(self._services[queue], consumers)

    def lost(self) -> None:
        self.gone = True
        self._pending.fail_all(Fault.LOST)

    def _received(self, message: Any) -> None:
        call_id = message.properties.get("correlation_id")
        call = self._pending.take(call_id)
        if call is not None:
            call.settle(Outcome(reply=message.body))
            return
        service = str(call_id).partition(":")[0]
        metrics.LATE_REPLIES.labels(service if service in self._presence.services else "unknown").inc()


class PublishSession:
    """The channel that publishes, with confirms read by the link's thread while others publish on."""

    def __init__(self, connection: Any, pending: PendingCalls) -> None:
        self._pending = pending
        self._writer = writer_of(connection)
        self._writing = threading.Lock()
        # Each step on it is one operation on a dict, so that whoever reads confirms never waits for who writes. An entry lives
        # as long as its caller waits: there are never more than calls in flight.
        self._unconfirmed: dict[int, PendingCall] = {}
        self._published = 0
        self._gone = False
        self.last_confirm_at = monotonic()
        self._channel = connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._confirmed)
        self._channel.events["basic_nack"].add(self._refused)
        self._channel.events["basic_return"].add(self._returned)

    def publish(self, call: PendingCall, routing_key: str, message: Any, deadline: float) -> int:
        """Writes the call to the broker, waiting for nothing but the socket. The number under which it is forgotten.

        Raises Lost when the broker does not take it by the deadline, or the connection broke.
        """
        if not self._writing.acquire(timeout=max(0.0, deadline - monotonic())):
            raise Lost
        try:
            if self._gone:
                raise Lost
            self._published = number = self._published + 1
            self._unconfirmed[number] = call
            if self._writer is not None:
                self._writer.until = deadline
            # PERF: ``basic_publish`` would also read frames, which belongs to the link's thread; this only writes.
            self._channel.send_method(spec.Basic.Publish, "Bssbb", (0, RPC_EXCHANGE, routing_key, True, False), message)
            if self._gone:  # lost while it was written: nobody else would settle this call
                raise Lost
        except Lost:
            raise
        except Exception as fault:
            raise Lost from fault
        finally:
            self._writing.release()
        return number

    def forget(self, number: int) -> None:
        """Nobody waits any more for the confirm of the call published under this number."""
        self._unconfirmed.pop(number, None)

    def message(self, body: bytes, headers: dict[str, str], properties: dict[str, Any]) -> Any:
        return self._channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            properties=properties,
        )

    def tick(self) -> None:
        """Nothing to look after: confirms are waited for by the calls themselves."""

    def lost(self) -> None:
        self._gone = True
        calls, self._unconfirmed = list(self._unconfirmed.values()), {}
        self._pending.fail(calls, Fault.LOST)

    def _confirmed(self, delivery_tag: int, multiple: bool) -> None:
        self.last_confirm_at = monotonic()
        for call in self._taken(delivery_tag, multiple):
            call.confirmed = True

    def _refused(self, delivery_tag: int, multiple: bool) -> None:
        self.last_confirm_at = monotonic()
        self._pending.fail(self._taken(delivery_tag, multiple), Fault.REFUSED)

    def _returned(self, _error: Exception, _exchange: str, _routing_key: str, message: Any) -> None:
        call = self._pending.take(message.properties.get("correlation_id"))
        if call is not None:
            call.settle(Outcome(fault=Fault.ABSENT))

    def _taken(self, delivery_tag: int, multiple: bool) -> list[PendingCall]:
        tags = [tag for tag in list(self._unconfirmed) if tag <= delivery_tag] if multiple else [delivery_tag]
        return [call for tag in tags if (call := self._unconfirmed.pop(tag, None)) is not None]
