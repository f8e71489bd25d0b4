"""Two services that echo, as processes: ``python -m tests.load.echo_services ours|nameko URI``. A tool of rpc_echo and of tests.

``ours`` stands on the chassis: envelope, caller and request are checked, the reply is a message, calls are counted and timed;
only the database is left out. ``nameko`` is a plain service with nameko's own entrypoint, as its documentation shows it.
It checks nothing.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

from services.chassis import run  # patches the world before nameko is imported

# isort: split
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc
from nameko.runners import ServiceRunner

from services.chassis.access import check_gate
from services.chassis.core import Reply
from services.chassis.entrypoints import answers
from services.contracts.envelope import CallHead
from services.contracts.method import PUBLIC, Kind, Method
from services.contracts.wire import Text, dump, load, message

NAME = "echo"


@message
class Words:
    text: Annotated[str, Text(1, 200)]


ECHO = Method(NAME, "echo", Kind.QUERY, Words, Words, PUBLIC)


class BareCore(DependencyProvider):  # type: ignore[misc]
    """What the chassis' core does with a query, without the database."""

    def get_dependency(self, worker_ctx: Any) -> BareCore:
        return self

    def call(self, method: Method[Any, Any], use_case: Any, head: CallHead, body: Any, _hot: None) -> Reply:
        check_gate(method.authority, head.caller)
        request = load(method.request, body)
        return Reply(dump(use_case(None, request)))


class OurEcho:
    name = NAME
    core = BareCore()

    @answers(ECHO)
    def echo(self, work: None, request: Words) -> Words:
        return request


class NamekoEcho:
    name = NAME

    @rpc
    def echo(self, call: dict[str, Any]) -> Any:
        return call["body"]


def main(side: str, uri: str, entrypoints: str = "fast") -> None:
    if side == "ours":
        run.serve(OurEcho, uri, entrypoints)
        return
    runner = ServiceRunner({"AMQP_URI": uri})
    runner.add_service(NamekoEcho)
    runner.start()
    runner.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
