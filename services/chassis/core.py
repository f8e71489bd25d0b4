"""Runs use cases: the gate, the strict reading of the request, the transaction and the request id, in that order.

Knows nothing of nameko or of the broker, so a test runs a use case exactly as the service does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

from services.chassis import failpoints, inbox, once
from services.chassis.access import check_gate
from services.chassis.at_once import AtOnce, Hand, first_answer
from services.chassis.database import Database, away_is_unavailable
from services.chassis.row_scope import scope_of
from services.chassis.settings import ServiceSettings
from services.chassis.work import Refusal, Work
from services.contracts.caller import Caller, system
from services.contracts.envelope import CallHead
from services.contracts.errors import InvalidMessage
from services.contracts.method import EventType, Kind, Method
from services.contracts.wire import dump, load

Q = TypeVar("Q")
R = TypeVar("R")

UseCase = Callable[[Work, Any], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """The plain data of an answer, and whether it is the answer of an earlier call with the same request id."""

    data: Any
    replayed: bool = False


class Core:
    """One service at work: its settings, its database, its clock."""

    def __init__(self, settings: ServiceSettings, database: Database) -> None:
        self.settings = settings
        self.database = database

    @away_is_unavailable()
    def call(
        self,
        method: Method[Any, Any],
        use_case: Callable[..., Any],
        head: CallHead,
        body: Any,
        at_once: AtOnce | None = None,
    ) -> Reply:
        """Runs the use case of a call, at once where that is possible. Raises ServiceError for every foreseen refusal."""
        check_gate(method.authority, head.caller)
        request = load(method.request, body)
        if method.kind is Kind.QUERY:
            return Reply(dump(self._looking(head.caller, lambda work: use_case(work, request))))
        if method.kind is Kind.LOOKUP:
            return Reply(dump(self._writing(head.caller, lambda work: use_case(work, request))))
        if head.request_id is None:
            raise InvalidMessage(fields={"request_id": "a write needs one"})
        if at_once is not None:
            done = at_once.attempt(self._hand(method, head, head.request_id, body), request)
            if done is not None:
                failpoints.reach(method.routing_key, "committed")
                return Reply(dump(done))
        again = at_once.again if at_once is not None else None
        if method.kind is Kind.COMMAND:
            return self._command(method, use_case, head, body, request, again=again)
        return self._errand(method, use_case, head, body, request)

    @away_is_unavailable()
    def event(self, event: EventType[Any], use_case: UseCase, listener: str, event_id: str, data: Any) -> bool:
        """Runs the handler of an event once; False when this listener has met the event before."""
        message = load(event.message, data, tolerant=True)

        def handle(work: Work) -> bool:
            if not inbox.first_time(
                work.db, event_id=event_id, listener=listener, event_type=event.routing_key, now=work.now
            ):
                return False
            use_case(work, message)
            failpoints.reach(event.routing_key, "handled")
            return True

        first = bool(self._writing(self._system(), handle))
        failpoints.reach(event.routing_key, "committed")
        return first

    def desk(self, caller: Caller | None = None) -> Desk:
        """For jobs, which run on the system's own account."""
        return Desk(self, caller or self._system(), None)

    def _system(self) -> Caller:
        return system(self.settings.county_id)

    def _work(self, db: sa.Connection, caller: Caller, request_id: str | None = None) -> Work:
        return Work(db=db, caller=caller, now=self.settings.clock.now(), settings=self.settings, request_id=request_id)

    def _hand(self, method: Method[Any, Any], head: CallHead, request_id: str, body: Any) -> Hand:
        now = self.settings.clock.now()
        return Hand(self.database, head.caller, now, self.settings, request_id, method.routing_key, body)

    def _looking(self, caller: Caller, query: Callable[[Work], Any]) -> Any:
        """One snapshot, looked at again when its connection was dead."""

        def attempt() -> Any:
            with self.database.snapshot(scope_of(caller)) as db:
                return query(self._work(db, caller))

        return self.database.repeating(attempt)

    def _writing(self, caller: Caller, use_case: Callable[[Work], Any], request_id: str | None = None) -> Any:
        """One transaction, repeated when the database asks for it. A Refusal commits, then raises."""

        def attempt() -> Any:
            with self.database.transaction(scope_of(caller)) as db:
                return use_case(self._work(db, caller, request_id))

        result = self.database.repeating(attempt)
        if isinstance(result, Refusal):
            raise result.error
        return result

    def _command(
        self,
        method: Method[Any, Any],
        use_case: UseCase,
        head: CallHead,
        body: Any,
        request: Any,
        *,
        again: Callable[[Work, str], Any] | None,
    ) -> Reply:
        request_id = head.request_id
        assert request_id is not None

        def run(work: Work) -> Any:
            earlier = once.begin(
                work.db,
                work.keys,
                request_id=request_id,
                caller=head.caller,
                method=method.routing_key,
                body=body,
                now=work.now,
            )
            if earlier is not None:
                return Reply(first_answer(earlier, again, work), replayed=True)
            result = use_case(work, request)
            if isinstance(result, Refusal):
                # The traces of a refusal stay, the id does not: the same request may be tried again.
                once.release(work.db, request_id)
                return result
            data = dump(result)
            once.finish(work.db, work.keys, request_id=request_id, reply=data)
            failpoints.reach(method.routing_key, "done")
            return Reply(data)

        reply: Reply = self._writing(head.caller, run, request_id)
        failpoints.reach(method.routing_key, "committed")
        return reply

    def _errand(
        self, method: Method[Any, Any], use_case: Callable[..., Any], head: CallHead, body: Any, request: Any
    ) -> Reply:
        with self.database.snapshot(scope_of(head.caller)) as db:
            earlier = once.find_reply(
                db,
                self.settings.seal_keys,
                request_id=head.request_id or "",
                caller=head.caller,
                method=method.routing_key,
                body=body,
            )
        if earlier is not None:
            return Reply(earlier, replayed=True)
        desk = Desk(self, head.caller, _Errand(method, head, body))
        try:
            return Reply(dump(use_case(desk, request)))
        except _DoneBefore as done:
            return Reply(done.data, replayed=True)


class _DoneBefore(Exception):
    """The same errand, running beside this one, was first; ``data`` is its reply."""

    def __init__(self, data: Any) -> None:
        self.data = data


@dataclasses.dataclass(frozen=True, slots=True)
class _Errand:
    method: Method[Any, Any]
    head: CallHead
    body: Any


class Desk:
    """For errands and jobs: no transaction is open while they talk to the outside.

    An errand reads with ``read``, talks, and ends with one ``run``, whose result is its reply; a job works through many
    items, each with a ``run`` of its own.
    """

    def __init__(self, core: Core, caller: Caller, errand: _Errand | None) -> None:
        self._core = core
        self._errand = errand
        self._ran = False
        self.caller = caller
        self.settings: Any = core.settings
        self.clock = core.settings.clock

    def read(self, query: Callable[[Work, Q], R], request: Q) -> R:
        """Runs a query in a snapshot of its own and lets the connection go."""
        with self._core.database.snapshot(scope_of(self.caller)) as db:
            return query(self._core._work(db, self.caller), request)

    def run(self, command: Callable[[Work, Q], R | Refusal], request: Q) -> R:
        """Runs a command in a transaction of its own. In an errand it may be called once, and stores the request id."""
        if self._errand is None:
            result: R = self._core._writing(self.caller, lambda work: command(work, request))
            return result
        if self._ran:
            raise AssertionError("an errand runs exactly one command")
        self._ran = True
        errand = self._errand

        def store(work: Work) -> Any:
            request_id = errand.head.request_id
            assert request_id is not None
            earlier = once.begin(
                work.db,
                work.keys,
                request_id=request_id,
                caller=errand.head.caller,
                method=errand.method.routing_key,
                body=errand.body,
                now=work.now,
            )
            if earlier is not None:
                raise _DoneBefore(earlier)
            result = command(work, request)
            if isinstance(result, Refusal):
                once.release(work.db, request_id)
            else:
                once.finish(work.db, work.keys, request_id=request_id, reply=dump(result))
            failpoints.reach(errand.method.routing_key, "done")
            return result

        outcome: R = self._core._writing(self.caller, store, errand.head.request_id)
        failpoints.reach(errand.method.routing_key, "committed")
        return outcome
