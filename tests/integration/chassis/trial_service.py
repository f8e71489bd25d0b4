"""A service whose calls and events do what no service of ours should: ``python -m … URI fast|stock DOORS``. No database.

``DOORS`` are ``sound``; or ``uncounted``, which let a call come again for ever; or ``reconnecting``, which ask kombu for the
connection each time.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from services.chassis import run  # patches the world before nameko is imported

# isort: split
import eventlet

from services.chassis.entrypoints import answers, doors, listens
from services.contracts import topology
from services.contracts.method import PUBLIC, EventType, Kind, Method
from services.contracts.wire import load
from tests.integration.chassis.trial import EXIT_CODE, NAME, SLOW_S
from tests.load.echo_services import BareCore, Words

topology.LISTENERS[NAME] = ("trial.told",)
TOLD = EventType(NAME, "told", Words)
doors.RETRY_WAITS_S = (0.05, 0.05, 0.05)
_begun: list[str] = []
_cut: list[str] = []
_broker: list[int] = []


def method(name: str) -> Method[Any, Any]:
    return Method(NAME, name, Kind.QUERY, Words, Words, PUBLIC)


class TrialCore(BareCore):
    def event(self, event: EventType[Any], handler: Any, listener: str, event_id: str, data: Any) -> bool:
        handler(None, load(event.message, data, tolerant=True))
        return True


class Trial:
    name = NAME
    core = TrialCore()

    @answers(method("echo"))
    def echo(self, work: None, request: Words) -> Words:
        return request

    @answers(method("end"))
    def end(self, work: None, request: Words) -> Words:
        """Ends its process, as a fault of a C library would."""
        os._exit(EXIT_CODE)

    @answers(method("fail"))
    def fail(self, work: None, request: Words) -> Words:
        raise RuntimeError(request.text)

    @answers(method("answer_nonsense"))
    def answer_nonsense(self, work: None, request: Words) -> Any:
        return object()

    @answers(method("answer_much"))
    def answer_much(self, work: None, request: Words) -> Any:
        return {"text": request.text * 10_000}

    @answers(method("count"))
    def count(self, work: None, request: Words) -> Words:
        """How many waits have begun."""
        return Words(text=str(len(_begun)))

    @answers(method("wait"))
    def wait(self, work: None, request: Words) -> Words:
        _begun.append(request.text)
        eventlet.sleep(SLOW_S)
        return request

    @answers(method("cut"))
    def cut(self, work: None, request: Words) -> Words:
        """Loses the broker under its own answer, the first time."""
        if not _cut:
            _cut.append(request.text)
            for number in map(int, os.listdir("/proc/self/fd")):
                _shut_if_broker(number)
        return request

    @listens(TOLD)
    def hear(self, work: None, event: Words) -> None:
        if event.text == "end":
            os._exit(EXIT_CODE)
        if event.text == "fail":
            raise RuntimeError(event.text)
        if event.text == "wait":
            _begun.append(event.text)
            eventlet.sleep(SLOW_S)


def _shut_if_broker(number: int) -> None:
    try:
        with socket.socket(fileno=os.dup(number)) as one:
            if one.getpeername()[1] in _broker:
                one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # no socket, or one that leads nowhere


class Reconnecting:
    """The connection as kombu gives it: another one when it is lost."""

    def __init__(self, connection: Any, _channel: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection.connection, name)


def main(uri: str, entrypoints: str, how: str) -> None:
    _broker.append(urlsplit(uri).port or 0)
    if how == "uncounted":
        doors.CALL_TRIES = 10**6
    if how == "reconnecting":
        doors.line_of = Reconnecting
    run.serve(Trial, uri, entrypoints)


if __name__ == "__main__":
    main(*sys.argv[1:])
