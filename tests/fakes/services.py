"""Services in memory behind the gateway's transport: they check gates and messages, keep request ids, and answer as told.

A fake with behaviour: what a real service refuses before its use case runs, this one refuses too, so that a test of the gateway
fails when the gateway sends what no service would take.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.rpc.client import Call
from services.chassis.access import check_gate
from services.contracts.caller import Caller
from services.contracts.dues.methods import TABLE as DUES
from services.contracts.envelope import CallHead, pack_error, unpack_call
from services.contracts.errors import RequestReused, ServiceError
from services.contracts.members.methods import LIST_ENDED_SESSIONS
from services.contracts.members.methods import TABLE as MEMBERS
from services.contracts.method import Kind, Method
from services.contracts.wire import dump, load

Handler = Callable[[Any], Any]
METHODS: dict[str, Method[Any, Any]] = {
    method.routing_key: method for table in (MEMBERS, DUES) for method in table.methods.values()
}
WATCH = LIST_ENDED_SESSIONS.routing_key
"""Asked by the gateway's own watch and for no request: answered, not counted."""


@dataclass(frozen=True)
class Seen:
    """A call that a service has run."""

    method: str
    request: Any
    caller: Caller
    request_id: str | None


@dataclass
class FakeServices:
    """``answers[METHOD] = handler``; a handler takes the request message, and gives the reply message or raises."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    calls: list[Seen] = field(default_factory=list)
    sent: list[Call] = field(default_factory=list)
    ready: bool = True
    _stored: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def on(self, method: Method[Any, Any], handler: Handler) -> None:
        self.handlers[method.routing_key] = handler

    def request(self, call: Call) -> bytes:
        if call.routing_key != WATCH:
            self.sent.append(call)
        head, body = unpack_call(orjson.loads(call.body))
        try:
            data, replayed = self._run(METHODS[call.routing_key], head, body)
        except ServiceError as refusal:
            return orjson.dumps(pack_error(refusal))
        return orjson.dumps({"result": data, "error": None} | ({"replayed": True} if replayed else {}))

    def is_ready(self) -> bool:
        return self.ready

    def close(self) -> None:
        """Nothing is held."""

    def _run(self, method: Method[Any, Any], head: CallHead, body: Any) -> tuple[Any, bool]:
        check_gate(method.authority, head.caller)
        request = load(method.request, body)
        if method.kind in (Kind.QUERY, Kind.LOOKUP):
            return self._handle(method, head, request), False
        assert head.request_id is not None, "the gateway sent a write without a request id"
        who_and_what = (head.caller.account_id, method.routing_key, body)
        if head.request_id in self._stored:
            stored_for, reply = self._stored[head.request_id]
            if stored_for != who_and_what:
                raise RequestReused
            return reply, True
        reply = self._handle(method, head, request)
        self._stored[head.request_id] = (who_and_what, reply)
        return reply, False

    def _handle(self, method: Method[Any, Any], head: CallHead, request: Any) -> Any:
        if method.routing_key != WATCH:
            self.calls.append(Seen(method.routing_key, request, head.caller, head.request_id))
        reply = self.handlers[method.routing_key](request)
        assert isinstance(reply, method.reply)
        return dump(reply)
