"""The Idempotency-Key of a write: required, a UUID, and worked on by one request at a time.

The key becomes the request id, which the service stores with the effect, bound to its caller, method and content. So a replay,
and a key used for something else (422), are known by the service alone; only what is in flight is known here.
"""

from __future__ import annotations

import threading

from gateway.http import Request, Response, caller_of
from gateway.problems import InFlight, KeyMalformed, KeyMissing, PreconditionFailed
from services.chassis.ids import parse_id
from services.chassis.limits import MAX_HEADER_TEXT

HEADER = "Idempotency-Key"


def request_id_of(req: Request) -> str:
    """The key as a request id. Raises KeyMissing, KeyMalformed."""
    key = req.get_header(HEADER)
    if not key:
        raise KeyMissing
    try:
        return parse_id(key[:MAX_HEADER_TEXT].strip().lower())
    except ValueError:
        raise KeyMalformed from None


class IdempotencyMiddleware:
    def __init__(self) -> None:
        # Bounded by the worker's threads: an entry lives as long as its request.
        self._in_flight: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def process_resource(self, req: Request, _resp: Response, _resource: object, _params: dict[str, str]) -> None:
        operation = req.context.operation
        if operation is None:
            return
        if operation.writes and req.get_header("If-Match") is not None:
            # No resource that is written to here has versions of its own, so no version can match (RFC 9110, 13.1.1).
            raise PreconditionFailed
        if not operation.takes_key:
            return
        request_id = request_id_of(req)
        entry = (caller_of(req).account_id or "", request_id)
        with self._lock:
            if entry in self._in_flight:
                raise InFlight(retry_after_s=1)
            self._in_flight.add(entry)
        req.context.working_on = entry
        req.context.request_id = request_id

    def process_response(self, req: Request, _resp: Response, _resource: object, _succeeded: bool) -> None:
        entry = req.context.working_on
        if entry is not None:
            with self._lock:
                self._in_flight.discard(entry)
            req.context.working_on = None
