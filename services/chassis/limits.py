"""The bounds that the parts share, each with its reason, and the cap on calls in flight.

Bounds of messages (texts, pages, batches, deadlines of calls) stand in contracts; a bound that belongs to one module
alone stands in that module. Nothing here is a business rule: those are data of the rule profile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Files and bodies
MAX_JSON_BYTES: Final = 448 * 1024  # a request's body fits into contracts' MAX_CALL_BYTES together with its envelope
MAX_NOTICE_BYTES: Final = 64 * 1024  # a payment notice is one order: a few KiB with its signature
MAX_ROSTER_BYTES: Final = 16 * 1024 * 1024  # 27,385 rows are about 2 MiB as xlsx
MAX_ROSTER_ROWS: Final = 60_000  # twice the county of 27,385: a file beyond it is not this county's roster
MAX_BILL_UPLOAD_BYTES: Final = 64 * 1024 * 1024  # a county's day is some 10 MiB; a million rows packed are 60
MAX_PHOTO_BYTES: Final = 12 * 1024 * 1024  # a 12-megapixel JPEG that the browser did not shrink
MAX_HEADER_TEXT: Final = 256  # an Idempotency-Key, a traceparent, an ETag: none has more than 100 characters

# Time, in seconds
STATEMENT_TIMEOUT_S: Final = 10.0  # beyond a caller's patience nobody reads the result
LOCK_TIMEOUT_S: Final = 3.0  # a lock is held for one transaction of milliseconds
PROVIDER_TIMEOUT_S: Final = 5.0  # one try; the time left of an errand's deadline bounds the rest
BULKHEAD_WAIT_S: Final = 0.25  # a refused client comes back at once, so waiting a little is cheaper for both
RETRY_AFTER_S: Final = 2  # told to a client that was refused
SHUTDOWN_GRACE_S: Final = 20.0  # longer than a statement may take, shorter than orchestrators wait (30)

# Concurrency
MAX_WAITING: Final = 64  # for a place, unless a bulkhead says otherwise: each of them holds a thread
CALLS_IN_FLIGHT: Final = 32  # per service and gateway process: more only queue at the workers
SERVICE_WORKERS: Final = 26  # greenlets per replica: its 10 database connections, and the slow calls of a gateway


class BulkheadFull(Exception):
    """No place within the wait, or too many wait already. The caller answers 503 with Retry-After."""


class Bulkhead:
    """A cap on calls in flight, so that one frozen service does not take every thread of the gateway.

    Those who wait hold a thread too: their number has its own bound, beyond which one is sent away at once.
    Works with threads, and with greenlets where the process has patched ``threading``.
    """

    def __init__(self, places: int, wait_s: float = BULKHEAD_WAIT_S, waiting: int = MAX_WAITING) -> None:
        if places < 1 or wait_s < 0 or waiting < 1:
            raise ValueError("a bulkhead has one place or more, one to wait or more, and a wait that is not negative")
        self.places = places
        self._wait_s = wait_s
        self._free = threading.BoundedSemaphore(places)
        self._may_wait = threading.BoundedSemaphore(waiting)

    @property
    def in_flight(self) -> int:
        return self.places - self._free._value

    @contextmanager
    def place(self, wait_s: float | None = None) -> Iterator[None]:
        """Holds one place for the block. Raises BulkheadFull when none comes free within the wait, the bulkhead's own or less."""
        # A semaphore asked with a time-out of 0 would still take the slow way through a condition.
        if not self._free.acquire(blocking=False):
            self._wait(self._wait_s if wait_s is None else min(wait_s, self._wait_s))
        try:
            yield
        finally:
            self._free.release()

    def _wait(self, wait_s: float) -> None:
        if wait_s <= 0 or not self._may_wait.acquire(blocking=False):
            raise BulkheadFull
        try:
            if not self._free.acquire(timeout=wait_s):
                raise BulkheadFull
        finally:
            self._may_wait.release()
