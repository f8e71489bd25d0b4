"""The trace of a request and its line in the access log: ``traceparent`` in, ``X-Request-Id`` out.

Logs the route's template, never the address itself: ids, names that were searched for and codes stay out of the log.
"""

from __future__ import annotations

from functools import lru_cache
from time import monotonic

from prometheus_client import Counter, Histogram

from gateway.http import Request, Response
from services.chassis import metrics, tracing
from services.chassis.logging import get_logger

NO_ROUTE = "(none)"
QUIET_ROUTES = frozenset(("/livez", "/readyz", "/metrics"))
"""Asked every few seconds by machines: counted, not logged."""
MOST_SERIES = 2_000
"""Kept at hand: more than routes with the methods and statuses that they have."""
KNOWN_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))

_log = get_logger("access")


@lru_cache(MOST_SERIES)  # PERF: looking a series up by its labels costs as much as counting in it
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return metrics.HTTP_REQUESTS.labels(method, route, str(status)), metrics.HTTP_SECONDS.labels(method, route)


class TraceMiddleware:
    def process_request(self, req: Request, _resp: Response) -> None:
        state = req.context
        state.started_at_s = monotonic()
        state.span = tracing.span(req.get_header("traceparent"))
        state.trace = state.span.__enter__()

    def process_response(self, req: Request, resp: Response, _resource: object, _succeeded: bool) -> None:
        state = req.context
        if state.span is None:
            return
        resp.set_header("X-Request-Id", state.trace.trace_id)
        seconds = monotonic() - state.started_at_s
        route = req.uri_template or NO_ROUTE
        method = req.method if req.method in KNOWN_METHODS else "OTHER"
        counter, histogram = _series(method, route, resp.status_code)
        counter.inc()
        histogram.observe(seconds)
        if route not in QUIET_ROUTES:
            _log.info("request", method=method, route=route, status=resp.status_code, ms=round(seconds * 1000, 1))
        state.span.__exit__(None, None, None)
        state.span = None
