"""Calls that wait for their replies: who waits, by correlation id, and how each is woken exactly once.

Owns the table of waiting calls. Whoever takes an entry out of it, and nobody else, settles that call.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why there is no reply."""

    LOST = "lost"
    """The connection broke: the call may or may not have been made."""
    ABSENT = "absent"
    """No queue took the call: it was not made."""
    REFUSED = "refused"
    """The broker did not take the call, since too many wait already: it was not made."""


@dataclass(slots=True)
class Outcome:
    reply: bytes | None = None
    fault: Fault | None = None


class PendingCall:
    """One call's place to wait. A raw lock as a one-shot signal: the cheapest there is, and it takes a time-out."""

    __slots__ = ("_gate", "confirmed", "id", "outcome")

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.confirmed = False
        self.outcome: Outcome | None = None
        self._gate = threading.Lock()
        self._gate.acquire()

    def settle(self, outcome: Outcome) -> None:
        """Once only, by the one who took the call out of the table."""
        self.outcome = outcome
        self._gate.release()

    def wait(self, timeout_s: float) -> Outcome | None:
        """The outcome, or None when none came in time."""
        if self.outcome is None and timeout_s > 0 and self._gate.acquire(timeout=timeout_s):
            self._gate.release()
        return self.outcome


class PendingCalls:
    """The table. Each step is one operation on a dict, so threads need no further lock."""

    def __init__(self) -> None:
        self._calls: dict[str, PendingCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: PendingCall) -> None:
        self._calls[call.id] = call

    def take(self, call_id: str | None) -> PendingCall | None:
        """The waiting call, out of the table; None when it waits no longer."""
        return self._calls.pop(call_id, None) if call_id else None

    def fail(self, calls: list[PendingCall], fault: Fault) -> None:
        """Settles those of the calls that still wait."""
        for call in calls:
            if self.take(call.id) is call:
                call.settle(Outcome(fault=fault))

    def fail_all(self, fault: Fault) -> None:
        self.fail(list(self._calls.values()), fault)
