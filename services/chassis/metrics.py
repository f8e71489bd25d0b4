"""Metrics: what is counted and timed in every process, and the small server that shows it.

The names here are the ones that alarms and scaling are written against; a service adds none of its own without an
alarm or a chart that reads it. Labels come from declared names (methods, events, routes' templates), never from what a
client sent: each new label value is a new series kept for ever. The server shows figures only, no data.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter
from typing import Any, Final

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.multiprocess import MultiProcessCollector

from services.chassis.logging import get_logger

_log = get_logger("metrics")

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# Around the goals: a payment in 30 ms, a page in 100 ms, the callers' deadlines of 5 to 15 s.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, registry=REGISTRY, multiprocess_mode="mostrecent")


def _histogram(name: str, meaning: str, *labels: str) -> Histogram:
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=_BUCKETS)


# In the services. Outcome of a call: ok, replayed, refused (a business error), invalid, expired, failed (a bug);
# of an event: ok, repeated, retried, parked.
RPC_CALLS = _counter("rpc_calls_total", "RPC calls by outcome.", "service", "method", "outcome")
RPC_SECONDS = _histogram("rpc_seconds", "Time of an RPC call in its service.", "service", "method")
EVENTS_HANDLED = _counter("events_handled_total", "Events by outcome.", "service", "event", "outcome")
EVENTS_PUBLISHED = _counter("events_published_total", "Events the broker confirmed, or did not.", "service", "outcome")
OUTBOX_LAG_ROWS = _gauge("outbox_lag_rows", "Events committed and not yet published.", "service")
OUTBOX_LAG_SECONDS = _gauge("outbox_lag_seconds", "Age of the oldest event not yet published.", "service")
MESSAGES_REJECTED = _counter("messages_rejected_total", "Messages sent to the dead-letter queue.", "service", "reason")
JOBS = _counter("jobs_total", "Runs of timed jobs by outcome.", "service", "job", "outcome")
TOTALS_DIFFER = _gauge("totals_differ", "Totals that were not as the ledger says, at the last comparison.", "service")
PROVIDER_CALLS = _counter("provider_calls_total", "Calls to outside parties.", "provider", "operation", "outcome")
ACCOUNTS_DIFFERING = _gauge("accounts_differing", "Accounts of members that last night's comparison found wrong.")
# Reconciliation: alarms of docs/runbooks/reconciliation.md.
RECONCILIATION_MISSING_DAYS = _gauge(
    "reconciliation_missing_days", "Days whose bill should have been matched by now and was not.", "service"
)
RECONCILIATION_OPEN = _gauge("reconciliation_open_differences", "Differences that wait for a person.", "service")

# In the gateway.
HTTP_REQUESTS = _counter("http_requests_total", "Requests by route template and status.", "method", "route", "status")
HTTP_SECONDS = _histogram("http_seconds", "Time of a request.", "method", "route")
LATE_REPLIES = _counter("late_replies_total", "Replies that came after their caller had given up.", "service")
CALLS_WAITING = _gauge("calls_waiting", "Calls that wait for their reply in this process.")
BULKHEAD_REFUSED = _counter("bulkhead_refused_total", "Calls refused: too many in flight to a service.", "service")


@contextmanager
def timed(histogram: Histogram, *labels: str) -> Iterator[None]:
    """Observes the block's time, whether it succeeds or raises."""
    started = perf_counter()
    try:
        yield
    finally:
        histogram.labels(*labels).observe(perf_counter() - started)


def exposition() -> tuple[bytes, str]:
    """The figures in Prometheus' text form, and its content type.

    Where the environment names PROMETHEUS_MULTIPROC_DIR (the gateway with several workers) they are those of all workers.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together), CONTENT_TYPE


Probe = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well, and a report for people: ``health.Checks.run``."""

_PATIENCE_S = 5.0  # for a client that connects and says nothing
_MAX_CLIENTS = 8  # Prometheus and an orchestrator's probes are two; a crowd is sent away


class Server(ThreadingHTTPServer):
    """Serves ``/metrics`` and probes such as ``/readyz`` to the machines that watch this process."""

    daemon_threads = True

    def __init__(self, host: str, port: int, probes: Mapping[str, Probe]) -> None:
        """Listens at once. Raises OSError when the port is taken; port 0 takes a free one."""
        self.probes = dict(probes)
        self._places = threading.BoundedSemaphore(_MAX_CLIENTS)
        super().__init__((host, port), _Page)

    def start(self) -> None:
        """Serves in a thread of its own (a greenlet, where threading is patched) until ``stop``."""
        threading.Thread(target=self.serve_forever, name="metrics", daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # the base class's own signature
        """A client that broke off is its own affair; anything else is a bug."""
        if not isinstance(sys.exception(), OSError):
            _log.exception("metrics_page_failed")


class _Page(BaseHTTPRequestHandler):
    server: Server
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, *exposition())
        elif self.path in self.server.probes:
            well, report = self.server.probes[self.path]()
            self._answer(200 if well else 503, orjson.dumps(report), "application/json")
        else:
            self._answer(404, b"", "text/plain")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's own name
        """Nothing: a line for each scrape would drown the log."""

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
