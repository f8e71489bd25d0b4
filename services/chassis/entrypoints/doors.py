"""What becomes of a message: checked, worked on, answered, given back or parked. Nothing is raised into the process.

A door is one queue of a service and the entrypoints behind it. Headers and envelope are looked at before anything is started.
A call that was delivered before, and not acknowledged, may have ended its process: it is counted, and parked after CALL_TRIES.
Events are counted by the broker, whose quorum queue parks them after DELIVERY_LIMIT.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import eventlet
import kombu
import orjson
from nameko.exceptions import ContainerBeingKilled
from nameko.messaging import QueueConsumer
from nameko.rpc import Rpc, RpcConsumer

from services.chassis import metrics
from services.chassis.entrypoints.frames import Delivery, Outgoing, frame_handler, frame_writer
from services.chassis.entrypoints.transports import TRANSPORTS, Transport
from services.chassis.limits import SERVICE_WORKERS
from services.chassis.logging import get_logger
from services.chassis.reconnecting import Reconnecting
from services.contracts import topology
from services.contracts.envelope import (
    CONTENT_TYPE,
    EVENT_EXCHANGE,
    MAX_CALL_BYTES,
    REASON_HEADER,
    ROUTING_KEY_HEADER,
    RPC_EXCHANGE,
    TRACE_HEADER,
    TRIES_HEADER,
    WHOLE_BYTES_HEADER,
    EventHead,
    pack_error,
    unpack_call,
)
from services.contracts.errors import InvalidMessage, ServiceError, UnknownMethod
from services.contracts.method import EventType, Method
from services.contracts.topology import CALL_TRIES
from services.contracts.wire import load

_log = get_logger(__name__)
RETRY_WAITS_S = (0.5, 2.0, 5.0)
"""Before an event that failed comes again: long enough for a deadlock or a restart of the database to pass."""
RECONNECT_S = 0.1
"""Before the first try to come back; later tries wait longer."""
STOP_WAIT_S = 15.0
"""Longer than a call may take; whoever stops the process waits longer."""
STOP_LOOK_S = 0.05
HEARTBEAT_EVERY_S = 1.0
MAX_REASON = 200
"""Characters of a reason: it says which fields were wrong, never their values."""
_Job = tuple[Any, tuple[Any, ...]]


class MessageConsumer(Reconnecting, QueueConsumer):  # type: ignore[misc]
    """nameko's consumer, handing over raw messages, on a connection that no message breaks."""

    prefetch_count = SERVICE_WORKERS

    def setup(self) -> None:
        self.transport: Transport = TRANSPORTS[self.container.config["CHASSIS_ENTRYPOINTS"]](self.container)

    @property
    def connection(self) -> kombu.Connection:
        return kombu.Connection(
            self.amqp_uri,
            heartbeat=self.container.config["HEARTBEAT"],
            transport_options={"frame_handler": frame_handler, "frame_writer": frame_writer},
        )

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        channel.message_to_python = _as_it_is
        for provider in self._providers:
            consumer = consumer_cls(queues=[provider.queue], on_message=provider.receive)
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def run(self) -> None:
        """Consumes until it is stopped and what is under way has ended. Whatever the connection raises, there is a new one."""
        while self._goes_on():
            try:
                with self.consumer_context() as (connection, channel, _consumers):
                    self._consume(line_of(connection, channel))
            except Exception as fault:  # noqa: BLE001 (a lost broker, and whatever its client makes of it)
                _log.warning("broker_lost", error=type(fault).__name__)
                eventlet.sleep(RECONNECT_S)

    def _consume(self, line: Any) -> None:
        looked_at = 0.0
        while self._goes_on():
            self.on_iteration()
            if not line.connected:
                raise ConnectionResetError("a write has found the connection lost")
            self.transport.read(line)
            if time.monotonic() - looked_at >= HEARTBEAT_EVERY_S:
                line.heartbeat_tick()
                looked_at = time.monotonic()

    def _goes_on(self) -> bool:
        return not self.should_stop or (self.transport.under_way > 0 and not self.container._being_killed)


def line_of(connection: kombu.Connection, channel: Any) -> Any:  # noqa: ARG001 (a twin asks kombu)
    """amqp's own connection, which stays lost when it is lost.

    kombu's ``connection`` makes a new one under whoever asks for it, without channel and consumers: when a worker's write is the
    first to find the old one gone, the service would read from one that brings nothing, for ever.
    """
    return channel.connection


def _as_it_is(delivery: Delivery) -> Delivery:
    return delivery


class Door(RpcConsumer):  # type: ignore[misc]
    """One queue of a service and the entrypoints behind it."""

    queue: Any
    queue_consumer = MessageConsumer()

    def __init__(self) -> None:
        self.entrypoints: dict[str, Any] = {}
        super().__init__()

    def setup(self) -> None:
        if self.queue is None:
            self.queue = self.make_queue()
            self.queue_consumer.register_provider(self)
            self._registered = True

    def register_provider(self, provider: Any) -> None:
        self.entrypoints[provider.key] = provider
        super().register_provider(provider)

    def make_queue(self) -> kombu.Queue:
        raise NotImplementedError

    def job(self, message: Delivery, payload: Any, trace: Any) -> _Job:
        """The entrypoint, and what to give it. Raises ServiceError for what is malformed or unknown."""
        raise NotImplementedError

    def refuse(self, message: Delivery, refusal: ServiceError) -> None:
        raise NotImplementedError

    def finish(self, message: Delivery, result: Any, fault: BaseException | None) -> None:
        raise NotImplementedError

    def receive(self, message: Delivery) -> None:
        try:
            job = self._checked(message)
            if job is not None:
                self.queue_consumer.transport.work(*job, partial(self.finish, message))
        except ContainerBeingKilled:
            give_back(message)
        except Exception:  # noqa: BLE001 (nothing may be raised into the process)
            _log.exception("message_broke_its_door", queue=self.queue.name)
            eventlet.spawn_n(self._give_back_later, message)

    def _checked(self, message: Delivery) -> _Job | None:
        """What to do; None when the message has met its end already."""
        headers: dict[Any, Any] = {}
        try:
            headers = message.headers()
            return self.admit(
                message, headers, self.job(message, _read_json(message, headers), headers.get(TRACE_HEADER))
            )
        except ServiceError as refusal:
            fault = refusal
        except Exception:  # noqa: BLE001 (a bug of the checks is the message's end, not the process's)
            _log.exception("message_broke_its_checks", queue=self.queue.name)
            fault = ServiceError()
        self.refuse(message, fault)
        return None

    def admit(self, message: Delivery, headers: dict[Any, Any], job: _Job) -> _Job | None:  # noqa: ARG002 (for calls)
        return job

    def unregister_provider(self, provider: Any) -> None:
        """Returns when nothing comes in any more and what is under way has ended, or takes too long."""
        super().unregister_provider(provider)
        until = time.monotonic() + STOP_WAIT_S
        while self.queue_consumer.transport.under_way and time.monotonic() < until:
            eventlet.sleep(STOP_LOOK_S)

    def park(self, message: Delivery, reason: str, *answers: Outgoing) -> None:
        """Puts a message where a person will look at it, with the reason."""
        _log.warning("message_parked", queue=self.queue.name, reason=reason)
        metrics.MESSAGES_REJECTED.labels(self.container.service_name, reason.partition(":")[0]).inc()
        headers: dict[str, str | int] = {REASON_HEADER: reason, ROUTING_KEY_HEADER: message.routing_key}
        if message.size > MAX_CALL_BYTES:
            headers[WHOLE_BYTES_HEADER] = message.size
        dead = Outgoing(
            topology.DEAD_EXCHANGE, self.queue.name.encode(), message.body, headers=headers, is_durable=True
        )
        self.queue_consumer.transport.send_and_ack(message, *answers, dead)

    def _give_back_later(self, message: Delivery) -> None:
        eventlet.sleep(RETRY_WAITS_S[0])
        give_back(message)


def acknowledge(message: Delivery) -> None:
    if message.channel.connection:  # else the message is the broker's again, and comes again
        message.channel.basic_ack(message.tag)


def give_back(message: Delivery) -> None:
    if message.channel.connection:
        message.channel.basic_reject(message.tag, requeue=True)


def _read_json(message: Delivery, headers: dict[Any, Any]) -> Any:
    if message.size > MAX_CALL_BYTES:
        raise InvalidMessage(fields={"body": "too large"})
    if message.content_type.decode("latin-1").lower() != CONTENT_TYPE:
        raise InvalidMessage(fields={"content_type": f"not {CONTENT_TYPE}"})
    if message.content_encoding.lower() not in (b"", b"utf-8") or "compression" in headers:
        raise InvalidMessage(fields={"content_encoding": "not plain utf-8"})
    try:
        return orjson.loads(message.body)
    except orjson.JSONDecodeError:
        raise InvalidMessage(fields={"body": "not JSON"}) from None


def _count(value: object) -> int:
    """A header's count, which anybody may have written; 0 for what is none."""
    return value if type(value) is int and 0 <= value <= 1_000_000 else 0


def reason_of(refusal: ServiceError) -> str:
    fields = refusal.detail.get("fields")
    if not isinstance(fields, dict):
        return refusal.code
    told = "; ".join(f"{name}: {what}" for name, what in fields.items())
    return f"{refusal.code}: {told}"[:MAX_REASON]


class CallDoor(Door):
    """Receives calls, starts a worker for each, sends the answer, then acknowledges."""

    def make_queue(self) -> kombu.Queue:
        service = self.container.service_name
        spec = topology.rpc_spec(service)
        exchange = kombu.Exchange(RPC_EXCHANGE, type="topic", durable=True)
        return kombu.Queue(spec.name, exchange, f"{service}.*", durable=True, queue_arguments=spec.arguments)

    def job(self, message: Delivery, payload: Any, trace: Any) -> _Job:
        head, body = unpack_call(payload)
        entrypoint = self.entrypoints.get(message.routing_key)
        if entrypoint is None:
            raise UnknownMethod
        return entrypoint, (head, body, trace)

    def admit(self, message: Delivery, headers: dict[Any, Any], job: _Job) -> _Job | None:
        """Counts a call that comes again: the count travels with it, to the end of its own queue."""
        if not message.redelivered:
            return job
        tries = _count(headers.get(TRIES_HEADER)) + 1
        if tries >= CALL_TRIES:
            answers = [self.reply(message, orjson.dumps(pack_error(ServiceError())))] if message.reply_to else []
            self.park(message, f"ends_its_process: or lost its broker {tries} times", *answers)
            return None
        kept: dict[str, str | int] = {TRIES_HEADER: tries}
        if isinstance(headers.get(TRACE_HEADER), str):
            kept[TRACE_HEADER] = headers[TRACE_HEADER]
        again = Outgoing(
            RPC_EXCHANGE,
            message.routing_key.encode(),
            message.body,
            correlation_id=message.correlation_id,
            reply_to=message.reply_to,
            expiration=message.expiration,
            headers=kept,
        )
        self.queue_consumer.transport.send_and_ack(message, again)
        return None

    def refuse(self, message: Delivery, refusal: ServiceError) -> None:
        if message.reply_to:
            metrics.MESSAGES_REJECTED.labels(self.container.service_name, refusal.code).inc()
            self.answer(message, orjson.dumps(pack_error(refusal)))
        else:
            self.park(message, reason_of(refusal))

    def finish(self, message: Delivery, result: Any, fault: BaseException | None) -> None:
        self.answer(message, result if fault is None else orjson.dumps(pack_error(ServiceError())))

    def answer(self, message: Delivery, body: bytes) -> None:
        """A lost answer is a time-out for the caller, who asks again with the same request id and gets the first result."""
        if message.reply_to:
            self.queue_consumer.transport.send_and_ack(message, self.reply(message, body))
        else:
            acknowledge(message)

    @staticmethod
    def reply(message: Delivery, body: bytes) -> Outgoing:
        return Outgoing(RPC_EXCHANGE, message.reply_to, body, correlation_id=message.correlation_id)


class EventDoor(Door):
    """Receives events; acknowledges after the handler's transaction, gives back after a failure."""

    def make_queue(self) -> kombu.Queue:
        spec = topology.event_spec(self.container.service_name)
        exchange = kombu.Exchange(EVENT_EXCHANGE, type="topic", durable=True)
        bindings = [kombu.binding(exchange, routing_key=key) for _, key in spec.bindings]
        return kombu.Queue(spec.name, bindings=bindings, durable=True, queue_arguments=spec.arguments)

    def job(self, message: Delivery, payload: Any, trace: Any) -> _Job:  # noqa: ARG002 (a call's door needs it)
        if not isinstance(payload, dict) or "data" not in payload:
            raise InvalidMessage(fields={"body": "not an event"})
        data = payload.pop("data")
        head = load(EventHead, payload, tolerant=True)
        entrypoint = self.entrypoints.get(head.type)
        if entrypoint is None:
            raise InvalidMessage(fields={"type": "nobody here listens to it"})
        return entrypoint, (head, data, trace)

    def refuse(self, message: Delivery, refusal: ServiceError) -> None:
        self.park(message, reason_of(refusal))

    def finish(self, message: Delivery, result: Any, fault: BaseException | None) -> None:
        refusal = result if fault is None else ServiceError.code
        if refusal is None:
            acknowledge(message)
        elif refusal == InvalidMessage.code:
            self.park(message, refusal)
        else:
            tries = _count(message.headers().get("x-delivery-count"))
            eventlet.sleep(RETRY_WAITS_S[min(tries, len(RETRY_WAITS_S) - 1)])
            give_back(message)


class CallEntrypoint(Rpc):  # type: ignore[misc]
    rpc_consumer = CallDoor()

    def __init__(self, method: Method[Any, Any], **kwargs: Any) -> None:
        self.method = method
        super().__init__(**kwargs)

    @property
    def key(self) -> str:
        return self.method.routing_key


class EventEntrypoint(Rpc):  # type: ignore[misc]
    rpc_consumer = EventDoor()

    def __init__(self, event: EventType[Any], **kwargs: Any) -> None:
        self.event = event
        super().__init__(**kwargs)

    @property
    def key(self) -> str:
        return self.event.routing_key
