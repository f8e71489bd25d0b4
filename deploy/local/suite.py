"""The running suite: servers and processes by name, for the runner and for tests alike.

Owns starting, readiness, restarting, stopping in order. What is started is ``processes``; how a child is held is ``children``.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local import keys, ports
from deploy.local.children import Child, Launch, bound_log, end_leftovers, environment_with, last_words, start
from deploy.local.environment import (
    PORT_NAMES,
    SERVICES,
    Given,
    private_servers,
    process_environment,
    suite_settings,
)
from deploy.local.failures import Refusal
from deploy.local.folder import DataFolder
from deploy.local.places import PROJECT
from deploy.local.processes import BROKER, POSTGRES, PROCESSES, Probe, Process
from deploy.local.servers import Broker, Postgres, wait_until

READY_TIMEOUT_S = 60.0
READY_POLL_S = 0.1
ONCE_TIMEOUT_S = 900.0
STOP_POLL_S = 0.05
PROBE_TIMEOUT_S = 3
PORT_MAPPER = "epmd"


class Stopped(Refusal):
    """The start was asked to stop before it had ended."""


class Suite:
    """Everything that one data folder runs. ``start`` and ``start_server`` may be called from several threads."""

    def __init__(
        self,
        folder: DataFolder,
        environment: Mapping[str, str],
        *,
        fast: bool = False,
        changes: Mapping[str, str] | None = None,
        processes: tuple[Process, ...] = PROCESSES,
    ) -> None:
        self.folder = folder
        self.given = Given(environment)
        self.around = environment
        self.processes = {process.name: process for process in processes}
        self.secrets = keys.load_or_make(folder.path / "secrets.json")
        # Tests run beside a started suite, and beside each other: they leave it the port that people expect.
        self.ports = ports.choose(folder.path / "ports.json", PORT_NAMES, {} if fast else ports.PREFERRED)
        wanted = self.given.text("GATEWAY_PORT")
        if wanted:
            self.ports["gateway"] = ports.require_wanted(wanted, self.given.text("GATEWAY_HOST") or ports.LOOPBACK)
        self.settings = suite_settings(folder, self.ports, self.secrets, self.given) | dict(changes or {})
        self.told: dict[str, dict[str, str]] = {}
        """What single processes are told otherwise than all: a bench puts its proxies between them so."""

        self.children: dict[str, Child] = {}
        self.stopping = threading.Event()
        self.hurry = threading.Event()
        """Set by a second Ctrl-C: what has not ended yet is killed."""

        self._lock = threading.Lock()
        self.own_servers = private_servers(self.given)
        self.postgres = Postgres(folder, self.ports["postgres"], self.secrets["postgres"], fast=fast)
        self.broker = Broker(folder, self.ports, self.secrets)

    def end_leftovers(self) -> list[str]:
        return end_leftovers(self.folder.processes)

    def start_server(self, name: str) -> None:
        """Starts PostgreSQL with its databases, or RabbitMQ, and waits until it answers."""
        if name == POSTGRES:
            self.postgres.prepare()
            self._run(self.postgres.launch())
            self._wait(POSTGRES, self.postgres.answers)
            for service in SERVICES:
                self.postgres.ensure_database(service, self.secrets[service])
        else:
            assert name == BROKER
            self.broker.prepare()
            mapper = self.children.get(PORT_MAPPER)
            if mapper is None or mapper.poll() is not None:
                self._run(self.broker.port_mapper())
            self._run(self.broker.launch())
            self._wait(BROKER, self.broker.answers)

    def _wait(self, name: str, answers: Callable[[], bool]) -> None:
        child = self.children[name]

        def answers_now() -> bool:
            self._require_going_on()
            return answers()

        wait_until(answers_now, lambda: child.poll() is None, name, self.log_of(name))

    def environment(self, process: Process) -> dict[str, str]:
        own = process_environment(process, self.settings, self.ports, self.around)
        return environment_with([PROJECT.environment / "bin"], own | self.told.get(process.name, {}))

    def launch_of(self, process: Process, *, show: bool = False) -> Launch:
        program, *rest = process.command
        return Launch(
            name=process.name,
            argv=(str(PROJECT.environment / "bin" / program), *rest),
            environment=self.environment(process),
            cwd=PROJECT.root,
            log=None if show else self.log_of(process.name),
            pid_file=self.folder.processes / f"{process.name}.pid",
        )

    def log_of(self, name: str) -> Path:
        return self.folder.logs / f"{name}.log"

    def start(self, name: str, *, show: bool = False) -> Child:
        """Starts a process; one that runs once is waited for, the others until they say that they can serve."""
        process = self.processes[name]
        if process.probe is not None:
            self._require_free(name, self._probe_port(process, process.probe))
        child = self._run(self.launch_of(process, show=show))
        if process.probe is None:
            self._wait_for_end(process, child)
        else:
            self._wait_ready(process, process.probe, child)
        return child

    def _probe_port(self, process: Process, probe: Probe) -> int:
        return int(self.environment(process)[probe.port_variable])

    def _require_free(self, name: str, port: int) -> None:
        """It was free when it was chosen; a stranger who took it since would be mistaken for the process."""
        if not ports.is_free(port):
            raise Refusal(f"Port {port}, which {name} is to use, was taken by another program: start again.")

    def restart(self, name: str) -> None:
        """Starts again what ended by itself, without waiting for it."""
        self._run(self.children[name].launch)

    def _run(self, launch: Launch) -> Child:
        with self._lock:
            if self.stopping.is_set():
                raise Stopped("Stopped while starting.")
            child = start(launch)
            self.children[launch.name] = child
            return child

    def _wait_for_end(self, process: Process, child: Child) -> None:
        until = time.monotonic() + ONCE_TIMEOUT_S
        while child.poll() is None:
            self._require_going_on()
            if time.monotonic() >= until:
                child.kill()
                minutes = ONCE_TIMEOUT_S / 60
                raise Refusal(f"{process.name} took more than {minutes:.0f} minutes; see {self.log_of(process.name)}.")
            time.sleep(READY_POLL_S)
        if child.code != 0:
            self._require_going_on()
            raise Refusal(self._sentence_of_end(child))

    def _wait_ready(self, process: Process, probe: Probe, child: Child) -> None:
        address = f"http://{ports.LOOPBACK}:{self._probe_port(process, probe)}{probe.path}"
        until = time.monotonic() + READY_TIMEOUT_S
        while not _answers_well(address):
            self._require_going_on()
            if child.poll() is not None:
                raise Refusal(self._sentence_of_end(child))
            if time.monotonic() >= until:
                log = self.log_of(process.name)
                raise Refusal(f"{process.name} was not ready within {READY_TIMEOUT_S:.0f} s; see {log}.")
            time.sleep(READY_POLL_S)

    def _require_going_on(self) -> None:
        if self.stopping.is_set():
            raise Stopped("Stopped while starting.")

    def _sentence_of_end(self, child: Child) -> str:
        log = child.launch.log
        if log is None:
            return f"{child.name} ended with code {child.code}; what it said stands above."
        words = " / ".join(last_words(log, lines=2))[-600:]
        return f"{child.name} ended while starting (code {child.code}); its log {log} ends with: {words or 'nothing'}"

    def stop(self, name: str) -> None:
        child = self.children.pop(name, None)
        if child is not None:
            child.stop()

    def kill(self, name: str) -> None:
        """As a crash would: no warning, no grace."""
        self.children.pop(name).kill()

    def bound_logs(self) -> None:
        for name in list(self.children):
            bound_log(self.log_of(name))

    def stop_order(self) -> list[list[str]]:
        """What runs, in groups: what stands on others ends before them, those of one group at the same time."""
        left = {name for name, child in self.children.items() if child.poll() is None}
        groups: list[list[str]] = []
        while left:
            stood_on = {name for one in left for name in self._stands_on(one)}
            group = sorted(left - stood_on)
            assert group, "processes stand on each other in a circle"
            groups.append(group)
            left -= set(group)
        return groups

    def _stands_on(self, name: str) -> set[str]:
        """What must outlive it: what it waits for at its start, and what those wait for."""
        if name == BROKER:
            return {PORT_MAPPER}
        found: set[str] = set()
        ahead = list(self.processes[name].after) if name in self.processes else []
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                ahead += self.processes[one].after if one in self.processes else ()
        return found

    def stop_all(self) -> None:
        """Ends everything, in order. May be called again; what was started meanwhile ends too."""
        self.stopping.set()
        with self._lock:
            groups = self.stop_order()
        for group in groups:
            children = [self.children.pop(name) for name in group]
            for child in children:
                child.ask_to_stop()
            while children := [one for one in children if not one.poll_stopping(hurry=self.hurry.is_set())]:
                time.sleep(STOP_POLL_S)

    def kill_all(self) -> None:
        """Ends everything at once, for data that nobody will need again."""
        self.hurry.set()
        self.stop_all()


def _answers_well(address: str) -> bool:
    failures = (urllib.error.URLError, OSError)
    with contextlib.suppress(*failures), urllib.request.urlopen(address, timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
        return bool(answer.status == 200)
    return False


def data_folder(environment: Mapping[str, str] | None = None) -> DataFolder:
    return DataFolder(PROJECT.data(os.environ if environment is None else environment))
