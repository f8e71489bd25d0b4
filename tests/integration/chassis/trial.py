"""The trial service's process in a test's hands: started, ended, and asked how far it got."""

from __future__ import annotations

import subprocess
import sys
import time

import orjson

from services.contracts import topology
from services.contracts.caller import anonymous
from services.contracts.common import Nothing
from services.contracts.envelope import pack_call
from tests.integration.chassis.courier import Courier, within

NAME = "trial"
CALLS, EVENTS = topology.rpc_queue(NAME), topology.event_queue(NAME)
SLOW_S = 3.0
EXIT_CODE = 99
START_S = 60.0
SETTLE_S = 1.0


class Trial:
    """The service's process, started anew when a test wants it."""

    def __init__(self, uri: str, entrypoints: str, courier: Courier) -> None:
        self.uri, self.entrypoints, self.courier = uri, entrypoints, courier
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, how: str = "sound") -> subprocess.Popen[bytes]:
        module = "tests.integration.chassis.trial_service"  # never imported here: it would patch the test's own process
        argv = [sys.executable, "-m", module, self.uri, self.entrypoints, how]
        self.child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.child

    def ready(self, how: str = "sound") -> subprocess.Popen[bytes]:
        """A process that has begun to listen."""
        child = self.start(how)
        within(lambda: True if self.listens() else None, START_S)
        return child

    def listens(self) -> bool:
        return self.courier.consumers(EVENTS) > 0 and self.courier.consumers(CALLS) > 0

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def ends(self, starts: int, how: str = "sound") -> int:
        """How many processes, of so many started one after the other, ended by a message; stops with one that goes on."""
        for ended in range(starts):
            if self._goes_on(self.start(how)):
                return ended
        return starts

    def _goes_on(self, child: subprocess.Popen[bytes]) -> bool:
        def verdict() -> bool | None:
            if child.poll() is not None:
                return False
            if not self.listens():
                return None
            time.sleep(SETTLE_S)  # what waits in its queues is delivered as soon as it listens
            return child.poll() is None

        goes_on = within(verdict, START_S)
        assert goes_on or child.wait() == EXIT_CODE
        return goes_on

    def left(self) -> int:
        """Messages that wait, or that the process had not acknowledged, once it is ended."""
        self.close()
        within(lambda: True if not (self.courier.consumers(CALLS) or self.courier.consumers(EVENTS)) else None)
        return self.courier.waiting(CALLS) + self.courier.waiting(EVENTS)

    def ask(self, method: str, words: str = "hello", **properties: bytes | None) -> None:
        call = pack_call(None, anonymous("yanting"), Nothing())
        call["kwargs"]["call"]["body"] = {"text": words}
        self.courier.call(f"{NAME}.{method}", orjson.dumps(call), **properties)

    def begun(self) -> int:
        """How many waits, of calls and events, this process has begun."""
        self.ask("count")
        return int(self.courier.answer()["result"]["text"])
