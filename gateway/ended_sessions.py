"""Which sessions have ended though their access tokens still run: a token is worth nothing once its session is over (SEC-4).

A role change, a disabled account, a sign-out everywhere end sessions in the members service. This process asks it for the latest
ends twice a second, and at once after a request of its own that may have ended some. A look-up costs a request one membership
test; no request waits for the members service. While that service is silent, what is known holds: members pay on, but an office
works no longer than ``STALE_S`` without news.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from gateway.operation import Operation
from gateway.rpc.stubs import Stubs, WrongReply
from gateway.tokens import LIFE_S
from services.chassis.logging import get_logger
from services.contracts.caller import ADMINISTRATORS, Caller, gateway
from services.contracts.errors import ServiceError, Unauthenticated, Unavailable
from services.contracts.members import methods as members
from services.contracts.members.messages import ListEndedSessions

LOOK_EVERY_S = 0.5
LOOK_S = 2.0
LEAST_LEFT_S = 0.05
OVERLAP_S = 30
"""Asked for twice: a transaction of the members service may end this long after the instant that it writes."""
STALE_S = 60.0
"""A restart of the members service is shorter; what is longer is a fault, and an office waits until it is mended."""
MAX_KEPT = 20_000
"""A county ends some hundreds in the life of a token; 3 MB at most."""
CHANGING = frozenset(
    method.routing_key
    for method in (
        members.END_SESSION,
        members.END_ALL_SESSIONS,
        members.CHANGE_PASSWORD,
        members.CONFIRM_SECOND_FACTOR,
        members.GIVE_ROLE,
        members.WITHDRAW_ROLE,
        members.ACTIVATE,
    )
)
"""What may end sessions: after it the next look is not waited for."""

_log = get_logger("sessions")


def may_end_sessions(operation: Operation) -> bool:
    return any(call.routing_key in CHANGING for call in operation.calls)


class EndedSessions:
    """Safe to share between threads."""

    def __init__(self, services: Stubs, county_id: str, clock: Callable[[], float] = monotonic) -> None:
        self._services = services
        self._caller = gateway(county_id)
        self._clock = clock
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._looked_at: float | None = None
        self._looking = threading.Lock()
        self._stopped = threading.Event()

    def check(self, caller: Caller) -> None:
        """Raises Unauthenticated for a session that is over, Unavailable for an office about which there is no news."""
        if caller.session_id in self._ended:
            raise Unauthenticated
        looked_at = self._looked_at
        if (looked_at is None or self._clock() - looked_at > STALE_S) and caller.holds(*ADMINISTRATORS):
            raise Unavailable

    def look(self, left_s: float = LOOK_S) -> bool:
        """Asks for the latest ends within ``left_s``; False when no answer came. One at a time; a second one waits."""
        until = monotonic() + min(left_s, LOOK_S)
        if not self._looking.acquire(timeout=max(0.0, until - monotonic())):
            return False
        try:
            return self._look(until)
        finally:
            self._looking.release()

    def _look(self, until: float) -> bool:
        now = self._clock()
        past_s = LIFE_S if self._looked_at is None else min(LIFE_S, int(now - self._looked_at) + 1)
        asked = ListEndedSessions(within_s=past_s + OVERLAP_S)
        left_s = max(LEAST_LEFT_S, until - monotonic())
        try:
            answer = self._services.call(members.LIST_ENDED_SESSIONS, asked, caller=self._caller, left_s=left_s)
        except (ServiceError, WrongReply) as fault:
            _log.warning("ended_sessions_unknown", error=type(fault).__name__)
            return False
        for session_id in answer.ids:
            self._ended[session_id] = None
        for _ in range(len(self._ended) - MAX_KEPT):
            self._ended.popitem(last=False)
        self._looked_at = now
        return True

    def start(self) -> None:
        threading.Thread(target=self._watch, name="ended-sessions", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception as fault:  # noqa: BLE001 (a watch that ends in silence would look like no news)
                _log.error("ended_sessions_watch_failed", error=type(fault).__name__)
