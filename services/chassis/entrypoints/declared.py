"""What a service declares: the calls it answers, the events it hears, the jobs it runs by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import orjson
from nameko.timer import Timer

from services.chassis import metrics, tracing
from services.chassis.at_once import AtOnce
from services.chassis.entrypoints.doors import CallEntrypoint, EventEntrypoint
from services.chassis.entrypoints.woken import WokenTimer
from services.chassis.logging import get_logger
from services.contracts.envelope import EventHead, pack_error
from services.contracts.errors import InvalidMessage, ServiceError
from services.contracts.method import EventType, Method

_log = get_logger(__name__)


def answers(
    method: Method[Any, Any], *, at_once: Callable[[Any], AtOnce] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a method of a service the one that answers ``method``: query, look-up, command or errand, as the contract says.

    The function is called with the work (an errand: with the desk) and the checked request; it returns the reply's message.
    ``at_once`` gives, from the service itself, the way that is tried before.
    """

    def decorate(use_case: Callable[..., Any]) -> Callable[..., Any]:
        if use_case.__name__ != method.name:
            raise TypeError(f"{use_case.__name__} answers {method.name}: one word for one thing")

        @wraps(use_case)
        def enter(self: Any, head: Any, body: Any, trace: Any) -> bytes:
            started, outcome = time.monotonic(), "ok"
            with tracing.span(trace):
                try:
                    hot = None if at_once is None else at_once(self)
                    reply = self.core.call(method, partial(use_case, self), head, body, hot)
                    payload = {"result": reply.data, "error": None}
                    if reply.replayed:
                        payload["replayed"], outcome = True, "replayed"
                    return orjson.dumps(payload)
                except ServiceError as refusal:
                    outcome = "invalid" if isinstance(refusal, InvalidMessage) else "refused"
                    return orjson.dumps(pack_error(refusal))
                except Exception:  # noqa: BLE001 (nothing may be raised into the process)
                    outcome = "failed"
                    _log.exception("call_failed", method=method.routing_key)
                    return orjson.dumps(pack_error(ServiceError()))
                finally:
                    metrics.RPC_CALLS.labels(method.service, method.name, outcome).inc()
                    metrics.RPC_SECONDS.labels(method.service, method.name).observe(time.monotonic() - started)

        registered: Callable[..., Any] = CallEntrypoint.decorator(method)(enter)
        return registered

    return decorate


def listens(event: EventType[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a method of a service the handler of an event: called with the work and the event's message, once for each event."""

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def enter(self: Any, head: EventHead, data: Any, trace: Any) -> str | None:
            outcome = "ok"
            with tracing.span(trace):
                try:
                    if not self.core.event(event, partial(handler, self), self.name, head.id, data):
                        outcome = "repeated"
                    return None
                except ServiceError as refusal:
                    outcome = "parked" if isinstance(refusal, InvalidMessage) else "retried"
                    _log.warning("event_refused", type=event.routing_key, event_id=head.id, code=refusal.code)
                    return refusal.code
                except Exception:  # noqa: BLE001 (nothing may be raised into the process)
                    outcome = "retried"
                    _log.exception("event_failed", type=event.routing_key, event_id=head.id)
                    return ServiceError.code
                finally:
                    metrics.EVENTS_HANDLED.labels(self.name, event.routing_key, outcome).inc()

        registered: Callable[..., Any] = EventEntrypoint.decorator(event)(enter)
        return registered

    return decorate


def every(
    seconds: float, *, alone: bool = False, woken_by: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a method a job that runs every so many seconds, after the one before has ended. A failure is logged, not raised.

    ``alone``: of all replicas only one runs it at a time. ``woken_by``: a bell; a commit that rings it has it run at once. The
    method is called with a desk.
    """

    def decorate(job: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(job)
        def enter(self: Any) -> None:
            outcome = "ok"
            with tracing.span():
                try:
                    if not alone:
                        job(self, self.core.desk())
                        return
                    with self.core.database.alone(f"{self.name}.{job.__name__}") as mine:
                        if mine:
                            job(self, self.core.desk())
                except Exception:  # noqa: BLE001 (nothing may be raised into the process)
                    outcome = "failed"
                    _log.exception("job_failed", job=f"{self.name}.{job.__name__}")
                finally:
                    metrics.JOBS.labels(self.name, job.__name__, outcome).inc()

        timer = Timer.decorator if woken_by is None else partial(WokenTimer.decorator, woken_by)
        registered: Callable[..., Any] = timer(interval=seconds)(enter)
        return registered

    return decorate
