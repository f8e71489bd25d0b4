"""The bench: real servers and processes with a proxy in every link between them, a small county, and payers.

Owns the wiring. What goes wrong is ``schedule``'s and ``injector``'s; what must hold afterwards is ``reckoning``'s.
"""

from __future__ import annotations

import asyncio
import base64
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.local.processes import PROCESSES, SERVERS, Process
from deploy.local.stack import SCHEMA_STEPS, Stack
from deploy.local.steps import Step, run_steps
from gateway.tokens import Tokens
from services.chassis.clock import SystemClock
from tests.faults import schedule
from tests.faults.county import Payer, make_county
from tests.faults.http import Client
from tests.faults.payers import Payers
from tests.faults.proxy import Proxy

LEFT_OUT = ("demo-accounts", "bootstrap", "demo")
"""The county of the bench is its own."""

MORE_VARIABLES = {
    "gateway": ("GATEWAY_RATE_LIMIT_SCALE",),
    "wechat-simulator": ("WECHAT_SIMULATOR_TIME_FACTOR", "WECHAT_SIMULATOR_PROBE_EVERY"),
}
CHANGES = {"GATEWAY_RATE_LIMIT_SCALE": "1000", "LOG_LEVEL": "WARNING"}
"""All payers ask from one address."""

PHONE_TIMEOUT_S = 12.0
"""Longer than the gateway lets any request live."""

OWN_SERVERS_ONLY = ("AMQP_URI", "POSTGRES_URL", "MEMBERS_DATABASE_URL", "DUES_DATABASE_URL")
TOKEN_KEPT_S = 300.0


@dataclass
class Bench:
    stack: Stack
    proxy: Proxy
    people: list[Payer]
    failpoints: Path
    loop: asyncio.AbstractEventLoop
    phones_port: int

    def payers(self, seed: int) -> Payers:
        """The load, to be run on ``loop``."""
        settings = self.stack.environment()
        county = settings["COUNTY_ID"]
        tokens = _Issued(Tokens(base64.b64decode(settings["TOKEN_KEY"]), county, SystemClock()), county)
        return Payers(
            self.people,
            gateway=Client(self.phones_port, timeout_s=PHONE_TIMEOUT_S),
            wechat=Client(int(settings["WECHAT_SIMULATOR_PORT"]), timeout_s=PHONE_TIMEOUT_S),
            control_key=settings["WECHAT_SIMULATOR_CONTROL_KEY"],
            token=tokens.of,
            seed=seed,
        )


class _Issued:
    """Tokens as a sign-in gives them, anew before they run out."""

    def __init__(self, tokens: Tokens, county_id: str) -> None:
        self._tokens, self._county_id = tokens, county_id
        self._kept: dict[int, tuple[float, str]] = {}

    def of(self, payer: Payer) -> str:
        until, token = self._kept.get(payer.number, (0.0, ""))
        if until < time.monotonic():
            token = self._tokens.issue(payer.session(self._county_id))
            self._kept[payer.number] = (time.monotonic() + TOKEN_KEPT_S, token)
        return token


@contextmanager
def running_bench(folder: Path, *, payers: int, seed: int, proxied: bool = True) -> Iterator[Bench]:
    """Starts servers, proxies, county and processes; ends everything. Raises Refusal, RuntimeError."""
    given = [name for name in OWN_SERVERS_ONLY if os.environ.get(name)]
    if given:
        raise RuntimeError(f"The bench stops its servers and so brings its own: unset {', '.join(given)}.")
    processes = tuple(_with_more(one) for one in PROCESSES if one.name not in LEFT_OUT)
    with ExitStack() as open_:
        loop = open_.enter_context(_running_loop())
        stack = open_.enter_context(Stack(folder, CHANGES, durable=True, processes=processes))
        for name in SCHEMA_STEPS:
            stack.start_process(name)
        people = make_county(stack.environment(), payers, seed)
        proxy = Proxy(loop)
        open_.callback(proxy.close)
        failpoints = stack.folder.path / "failpoints"
        phones_port = _wire(stack, proxy, failpoints) if proxied else stack.suite.ports["gateway"]
        _start_all(stack)
        yield Bench(stack, proxy, people, failpoints, loop, phones_port)


def _with_more(process: Process) -> Process:
    after = tuple(name for name in process.after if name not in LEFT_OUT)
    return replace(process, variables=(*process.variables, *MORE_VARIABLES.get(process.name, ())), after=after)


def _start_all(stack: Stack) -> None:
    wanted = [stack.suite.processes[name] for name in schedule.PROCESSES]
    names = {one.name for one in wanted}
    steps = [
        Step(
            one.name,
            partial(_start, stack, one.name),
            tuple(name for name in one.after if name in names and name not in SERVERS),
        )
        for one in wanted
    ]
    run_steps(steps, on_failure=stack.suite.stopping.set)


def _start(stack: Stack, name: str) -> None:
    stack.start_process(name)


def _wire(stack: Stack, proxy: Proxy, failpoints: Path) -> int:
    """Puts the proxy into every link; the port at which phones reach the gateway."""
    settings, told = stack.suite.settings, stack.suite.told
    ports = stack.suite.ports
    phones_port = proxy.add("phones-gateway", ports["gateway"])
    notices_port = proxy.add("wechat-gateway", ports["gateway"])
    told["gateway"] = {"AMQP_URI": _through(settings["AMQP_URI"], proxy.add("gateway-broker", ports["amqp"]))}
    for name in ("members", "members-jobs", "dues", "dues-jobs"):
        database = f"{name.removesuffix('-jobs').upper()}_DATABASE_URL"
        folder = failpoints / name
        folder.mkdir(parents=True, exist_ok=True)
        told[name] = {
            "AMQP_URI": _through(settings["AMQP_URI"], proxy.add(f"{name}-broker", ports["amqp"])),
            database: _through(settings[database], proxy.add(f"{name}-database", ports["postgres"])),
            "FAILPOINTS": str(folder),
        }
    for name in ("dues", "dues-jobs"):
        port = proxy.add(f"{name}-wechat", int(settings["WECHAT_SIMULATOR_PORT"]))
        told[name] |= _addresses(settings, port) | {"PUBLIC_URL": f"http://127.0.0.1:{notices_port}"}
    assert set(proxy.links) == set(schedule.LINKS), "the schedule names other links than there are"
    return phones_port


def _addresses(settings: Mapping[str, str], port: int) -> dict[str, str]:
    return {"WECHAT_API_URL": _through(settings["WECHAT_API_URL"], port)}


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))


@contextmanager
def _running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="loop", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
