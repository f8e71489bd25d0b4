"""The places of one service among the gateway's threads: calls in flight, and callers who wait for a place.

Owns the cap and the wait of at most ``BULKHEAD_WAIT_S`` in all. Knows nothing of calls beyond whether one is slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from services.chassis.limits import BULKHEAD_WAIT_S, Bulkhead


class Places:
    """A frozen service keeps the threads that its calls hold and that callers wait in, never one more.

    ``slow`` calls wait for a provider behind the service: they may take half of the places, so that what needs no provider
    goes on while one hangs.
    """

    def __init__(self, places: int) -> None:
        self._all = Bulkhead(places, waiting=places)
        self._slow = Bulkhead(max(1, places // 2), waiting=max(1, places // 2))

    @contextmanager
    def place(self, *, slow: bool, deadline: float) -> Iterator[None]:
        """Holds a place for the block. Raises BulkheadFull when none comes free in time, or too many wait already."""
        until = min(monotonic() + BULKHEAD_WAIT_S, deadline)
        if slow:
            with self._slow.place(until - monotonic()), self._all.place(until - monotonic()):
                yield
        else:
            with self._all.place(until - monotonic()):
                yield
