"""The suite's servers, both services and the gateway as real processes, people who ask all the time, and parts that are frozen.

Owns the starting and the bookkeeping. What must hold of the answers is said by who uses it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic

import pytest

from deploy.local.stack import Stack
from gateway.tokens import Tokens
from services.chassis.clock import SystemClock
from services.chassis.ids import new_id
from services.chassis.sealed import decode_key
from services.contracts.members.messages import Session
from services.contracts.method import QUERY_TIMEOUT_S
from tests.load.figures import family

SERVICES = ("members", "dues")
MEMBERS, DUES, PAGES = "/v1/organisations", "/v1/dues/mine", "/livez"
"""What needs the members service, what needs the dues service, and what needs neither."""

TIMEOUT_S = {MEMBERS: QUERY_TIMEOUT_S, DUES: QUERY_TIMEOUT_S, PAGES: 0.0}
PATIENCE_S = 60.0
"""Far beyond every deadline: what is not answered by then is told as no answer."""
NO_ANSWER = 0
REST_S = 0.02
"""Between an answer and the next question of the same person."""
SCALE = "1000"
"""All people of a bench ask from one address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what became of it. ``status`` 0: none, or a broken connection."""

    path: str
    status: int
    asked_at: float
    took_s: float
    retry_after: str | None = None

    @property
    def over_s(self) -> float:
        """How long it outlived its deadline; less than 0 when it did not."""
        return self.took_s - TIMEOUT_S[self.path]


class Stand:
    """A running suite without the demonstration county: its services answer, about nobody."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        settings = stack.environment()
        self.port = int(settings["GATEWAY_PORT"])
        self._tokens = Tokens(decode_key(settings["TOKEN_KEY"]), settings["COUNTY_ID"], SystemClock())

    def token(self) -> str:
        return self._tokens.issue(
            Session(
                session_id=new_id(),
                account_id=new_id(),
                member_id=new_id(),
                county_id=self.stack.environment()["COUNTY_ID"],
                grants=(),
                refresh_token="r" * 43,
                refresh_expires_at=SystemClock().now(),
            )
        )

    def ask(self, path: str, token: str, patience_s: float = PATIENCE_S) -> Answer:
        began = monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=patience_s)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            response.read()
            return Answer(path, response.status, began, monotonic() - began, response.headers.get("Retry-After"))
        except (OSError, HTTPException):
            return Answer(path, NO_ANSWER, began, monotonic() - began)
        finally:
            connection.close()

    @contextmanager
    def other_gateway(self, environment: pytest.MonkeyPatch, **changes: str) -> Iterator[None]:
        """The gateway started with other variables for the block, gunicorn's own among them."""
        suite = self.stack.suite
        before = dict(suite.settings)
        self.stack.stop_process("gateway")
        with environment.context() as patched:
            for name, value in changes.items():
                patched.setenv(name, value)
            suite.settings |= changes
            self.stack.start_process("gateway")
        try:
            yield
        finally:
            suite.settings = before
            self.stack.stop_process("gateway")
            self.stack.start_process("gateway")

    def pids(self, *names: str) -> list[int]:
        """Every process of these parts: of the broker its virtual machine, of the database all its backends."""
        return [pid for name in names for pid in family(self.stack.suite.children[name].pid)]

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        """Stops these parts as they stand, with their connections open, for the block."""
        pids = self.pids(*names)
        _signal(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(pids, signal.SIGCONT)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # a backend that ended by itself


@contextmanager
def standing(folder: Path, **changes: str) -> Iterator[Stand]:
    with Stack(folder, {"GATEWAY_RATE_LIMIT_SCALE": SCALE, **changes}) as stack:
        stack.migrate()
        for name in (*SERVICES, "gateway"):
            stack.start_process(name)
        stand = Stand(stack)
        with Crowd(stand, {MEMBERS: 1, DUES: 1}) as crowd:
            crowd.wait_for(MEMBERS)
            crowd.wait_for(DUES)
        yield stand


@dataclass
class Crowd:
    """People who ask for these paths, each again after each answer, until the block ends."""

    stand: Stand
    people: dict[str, int]
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> Crowd:
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(path,), daemon=True)
            for path, number in self.people.items()
            for _ in range(number)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_S)

    def _ask(self, path: str) -> None:
        token = self.stand.token()
        while not self._end.is_set():
            self.answers.append(self.stand.ask(path, token))
            self._end.wait(REST_S)

    def wait_for(self, path: str) -> None:
        """Until a question that is asked from now on is answered well. Raises AssertionError when none is."""
        self.first_good(path, since=monotonic())

    def first_good(self, path: str, since: float) -> float:
        """When the first question that was asked after ``since`` was answered well. Raises AssertionError when none is."""
        deadline = monotonic() + PATIENCE_S
        while monotonic() < deadline:
            good = [one.asked_at + one.took_s for one in self.of(path) if one.asked_at >= since and is_good(one)]
            if good:
                return min(good)
            self._end.wait(REST_S)
        raise AssertionError(f"{path} was not answered well within {PATIENCE_S} s: {self.statuses(path)}")

    def of(self, path: str) -> list[Answer]:
        return [one for one in self.answers if one.path == path]

    def statuses(self, path: str) -> Counter[int]:
        return Counter(one.status for one in self.of(path))


def is_good(answer: Answer) -> bool:
    """The service itself has spoken, if only to say that it knows nobody of that name."""
    return answer.status not in (NO_ANSWER, 429) and answer.status < 500
