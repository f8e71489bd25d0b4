"""Does what the schedule says to real processes, servers and links, and brings back what it stopped.

Owns the order of faults at one target: one after the other. A watchman starts again what ended by itself, as an orchestrator
would, and counts it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2

from deploy.local.children import Child
from deploy.local.failures import Refusal
from deploy.local.processes import BROKER, POSTGRES
from deploy.local.stack import Stack
from deploy.wechat_simulator.web.control import KEY_HEADER
from services.chassis.failpoints import KILL, RAISE
from tests.faults.proxy import Proxy
from tests.faults.schedule import PROCESSES, Fault
from tests.load.figures import family

AT_ONCE = 48
"""Faults under way together."""
START_TRIES = 5
WATCH_EVERY_S = 0.3
END_WITHIN_S = 10.0
ASK_TIMEOUT_S = 5.0
WAY_TO_FORGE = "wrong_signature"
NOTICE_FAULTS = {"notice_drop", "notice_delay", "notice_repeat", "notice_reorder", "notice_forge"}
ANSWER_FAULTS = {
    "wechat_5xx": "server_error",
    "wechat_slow": "slow",
    "wechat_busy": "busy",
    "wechat_answer_lost": "answer_lost",
    "wechat_answer_unsigned": "answer_unsigned",
    "wechat_answer_forged": "answer_forged",
}


class Injector:
    def __init__(self, stack: Stack, proxy: Proxy, failpoints: Path, seed: int) -> None:
        self._stack, self._proxy, self._failpoints = stack, proxy, failpoints
        self._rng = random.Random(seed)
        self._lanes: dict[str, threading.RLock] = defaultdict(threading.RLock)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fault")
        self._under_way: list[Future[None]] = []
        self._watching = threading.Event()
        self._watchman = threading.Thread(target=self._watch, name="watchman", daemon=True)
        self.struck: Counter[str] = Counter()
        self.failed: list[str] = []
        """Faults that could not be done: a hole in the bench, not in the product."""

        self.ended: Counter[str] = Counter()
        """Processes that ended without being killed by a fault, with their exit codes."""

        self.points: Counter[str] = Counter()
        """Failpoints that were reached."""

    def start(self) -> None:
        self._watching.set()
        self._watchman.start()

    def strike(self, fault: Fault) -> None:
        """Begins a fault; returns at once."""
        self._under_way.append(self._pool.submit(self._do, fault))

    def wait(self) -> None:
        """Until every fault begun so far has ended, with what it stopped started again."""
        for one in self._under_way:
            one.result()
        self._under_way.clear()

    def heal(self) -> None:
        """Ends everything that lasts, disarms what did not strike, and sees to it that all processes run."""
        self.wait()
        self._proxy.end_all()
        for file in self._failpoints.glob("*/*"):
            file.unlink(missing_ok=True)
        with contextlib.suppress(urllib.error.URLError, OSError):
            self._control("DELETE", "faults")
        for name in PROCESSES:
            with self._lanes[name]:
                child = self._stack.suite.children.get(name)
                if child is None or child.poll() is not None:
                    self._start(name)

    def end(self) -> None:
        self._watching.clear()
        if self._watchman.is_alive():
            self._watchman.join()
        self._pool.shutdown()

    def _do(self, fault: Fault) -> None:
        try:
            _DOING[fault.kind](self, fault)
            self.struck[fault.kind] += 1
        except Exception as problem:  # noqa: BLE001 (told at the end, with the fault that it belongs to)
            self.failed.append(f"{fault.kind} {fault.target} at {fault.at_s}: {type(problem).__name__}: {problem}")

    def _watch(self) -> None:
        while self._watching.is_set():
            for name in PROCESSES:
                if self._lanes[name].acquire(blocking=False):
                    try:
                        self._revive(name)
                    finally:
                        self._lanes[name].release()
            time.sleep(WATCH_EVERY_S)

    def _revive(self, name: str) -> None:
        child = self._stack.suite.children.get(name)
        if child is None or child.poll() is None:
            return
        # What a failpoint has killed shows as a kill too, and is no surprise.
        what = "by a failpoint" if child.code == -signal.SIGKILL else f"with code {child.code}"
        self.ended[f"{name} {what}"] += 1
        self._start(name)

    def _start(self, name: str) -> None:
        for tried in range(1, START_TRIES + 1):
            try:
                self._stack.start_process(name)
            except Refusal as refusal:
                self.ended[f"{name} did not start"] += 1
                child = self._stack.suite.children.get(name)
                if child is not None:
                    child.kill()
                if tried == START_TRIES:
                    self.failed.append(f"{name} could not be started: {refusal}")
            else:
                return

    # Processes

    def _process_kill(self, fault: Fault) -> None:
        with self._lanes[fault.target]:
            self._stack.kill_process(fault.target)
            time.sleep(fault.lasts_s)
            self._start(fault.target)

    def _freeze(self, fault: Fault) -> None:
        """A process with all beneath it, or a server: there, and deaf."""
        with self._lanes[fault.target]:
            child = self._child(fault.target)
            pids = family(child.pid)
            _signal(pids, signal.SIGSTOP)
            time.sleep(fault.lasts_s)
            _signal(pids, signal.SIGCONT)

    def _child(self, name: str) -> Child:
        child = self._stack.suite.children[name]
        if child.poll() is not None:
            raise RuntimeError(f"{name} is not running")
        return child

    def _failpoint(self, fault: Fault) -> None:
        process, _, point = fault.target.partition("/")
        folder = self._failpoints / process
        word = KILL if fault.kind == "failpoint_kill" else RAISE
        half = folder / f".{fault.number}"
        half.write_text(f"{word} {int(fault.amount)}", encoding="ascii")
        half.rename(folder / point)
        self.points[point] += 1

    # Servers

    def _backends_terminated(self, fault: Fault) -> None:
        """A part of the connections of one database, chosen by chance."""
        url = self._stack.suite.postgres.url("postgres")
        # Not while it is being started again.
        with self._lanes[POSTGRES], contextlib.closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND random() < %s",
                    (fault.target, fault.amount),
                )

    def _database_stopped(self, fault: Fault) -> None:
        """As a power cut: no session is asked, no checkpoint is written; the next start recovers from the log."""
        with self._lanes[POSTGRES]:
            child = self._child(POSTGRES)
            child.process.send_signal(signal.SIGQUIT)
            until = time.monotonic() + END_WITHIN_S
            while child.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            self._stack.kill_process(POSTGRES)
            time.sleep(fault.lasts_s)
            self._stack.restart_server(POSTGRES)

    def _broker_kill(self, fault: Fault) -> None:
        with self._lanes[BROKER]:
            self._stack.kill_process(BROKER)
            time.sleep(fault.lasts_s)
            self._stack.restart_server(BROKER)

    def _connections_closed(self, fault: Fault) -> None:
        """Part of the broker's connections, or all, closed by its management as an operator would."""
        with self._lanes[BROKER]:
            for one in sorted(self._management("GET", "connections"), key=lambda each: str(each["name"])):
                if self._rng.random() < fault.amount:
                    with contextlib.suppress(urllib.error.HTTPError):  # gone meanwhile
                        self._management("DELETE", f"connections/{quote(one['name'], safe='')}")

    def _management(self, method: str, path: str) -> Any:
        parts = urlsplit(self._stack.management_uri)
        known = b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        address = f"http://{parts.hostname}:{parts.port}/api/{path}"
        return _ask(address, method, {"Authorization": f"Basic {known}"})

    # Links

    def _link(self, fault: Fault) -> None:
        kind = fault.kind.removeprefix("link_")
        with self._lanes[f"{fault.target} {kind}"]:
            self._proxy.begin(fault.target, kind, fault.amount)
            time.sleep(fault.lasts_s)
            if fault.lasts_s:
                self._proxy.end(fault.target, kind)

    # WeChat

    def _notice(self, fault: Fault) -> None:
        more: dict[str, Any] = {"delay": {"seconds": 4}, "repeat": {"times": 3}, "forge": {"way": WAY_TO_FORGE}}
        wish = {"kind": fault.target, "count": max(1, int(fault.amount))}
        self._control("POST", "faults", wish | more.get(fault.target, {}))

    def _answer(self, fault: Fault) -> None:
        wish: dict[str, Any] = {
            "kind": ANSWER_FAULTS[fault.kind],
            "operation": fault.target,
            "count": max(1, int(fault.amount)),
        }
        if fault.kind == "wechat_slow":
            wish["seconds"] = int(fault.lasts_s)
        self._control("POST", "faults", wish)

    def _money(self, fault: Fault) -> None:
        self._control("POST", "faults", {"kind": fault.target, "count": max(1, int(fault.amount))})

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        with self._lanes["wechat-simulator"]:  # not while it is being started
            return ask_control(self._stack.environment(), method, path, body)


def ask_control(settings: Mapping[str, str], method: str, path: str, body: Any = None) -> Any:
    """Asks the simulator's control."""
    headers = {KEY_HEADER: settings["WECHAT_SIMULATOR_CONTROL_KEY"], "Content-Type": "application/json"}
    return _ask(f"http://127.0.0.1:{settings['WECHAT_SIMULATOR_PORT']}/control/{path}", method, headers, body)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _ask(address: str, method: str, headers: dict[str, str], body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, content, headers, method=method)
    with urllib.request.urlopen(request, timeout=ASK_TIMEOUT_S) as answer:
        text = answer.read()
    return json.loads(text) if text else None


_Doing = Callable[[Injector, Fault], None]
_DOING: dict[str, _Doing] = {
    "process_kill": Injector._process_kill,
    "process_freeze": Injector._freeze,
    "server_freeze": Injector._freeze,
    "failpoint_kill": Injector._failpoint,
    "failpoint_raise": Injector._failpoint,
    "backends_terminated": Injector._backends_terminated,
    "database_stopped": Injector._database_stopped,
    "broker_kill": Injector._broker_kill,
    "connections_closed": Injector._connections_closed,
    **{
        f"link_{kind}": Injector._link
        for kind in ("latency", "throttle", "black_hole", "cut", "reset", "torn", "refuse")
    },
    **dict.fromkeys(NOTICE_FAULTS, Injector._notice),
    **dict.fromkeys(ANSWER_FAULTS, Injector._answer),
    "wechat_late_success": Injector._money,
    "wechat_wrong_amount": Injector._money,
}
