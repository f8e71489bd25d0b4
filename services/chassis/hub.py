"""Long pure computing in a process of greenlets: in a real thread, so that other calls go on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from eventlet import patcher, tpool

T = TypeVar("T")


def off_the_hub(work: Callable[[], T]) -> T:
    """Runs ``work`` in a thread where the process is patched for eventlet, at once elsewhere.

    For what lets Python's lock go while it computes, such as hashing a password; ``work`` must touch nothing of the service.
    """
    if not patcher.is_monkey_patched("thread"):
        return work()
    result: T = tpool.execute(work)
    return result
