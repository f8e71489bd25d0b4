"""The suite for tests: real PostgreSQL and RabbitMQ, and any of the real processes, in a folder of the test's own.

``with Stack(folder) as stack`` starts the two servers and ends everything. ``AMQP_URI`` in the environment, and ``POSTGRES_URL``
of a server where databases may be made, are used instead of private ones.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

from deploy.local.children import Child
from deploy.local.folder import DataFolder
from deploy.local.processes import PROCESSES, Process
from deploy.local.steps import Step, run_steps
from deploy.local.suite import Suite

SCHEMA_STEPS = ("migrate-members", "migrate-dues", "declare")


class Stack:
    """A suite below a folder. Processes are started by name as the runner starts them.

    The databases give up safety for speed and everything is killed at the end: for data that a test throws away.
    ``durable`` is for tests that look at what is left.
    """

    def __init__(
        self,
        folder: Path,
        changes: Mapping[str, str] | None = None,
        *,
        durable: bool = False,
        processes: tuple[Process, ...] = PROCESSES,
    ) -> None:
        self.folder = DataFolder(folder)
        self._changes, self._durable, self._processes = dict(changes or {}), durable, processes
        self._open = ExitStack()
        self.suite: Suite

    def __enter__(self) -> Stack:
        with self._open:  # closes again what was opened when something fails on the way
            self._open.enter_context(self.folder.claim())
            fast = not self._durable
            self.suite = Suite(self.folder, os.environ, fast=fast, changes=self._changes, processes=self._processes)
            self._open.callback(self.suite.stop_all if self._durable else self.suite.kill_all)
            self.suite.end_leftovers()
            run_steps([Step(name, partial(self.suite.start_server, name)) for name in self.suite.own_servers])
            self._open = self._open.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def amqp_uri(self) -> str:
        return self.suite.settings["AMQP_URI"]

    @property
    def management_uri(self) -> str:
        return self.suite.settings["AMQP_MANAGEMENT_URI"]

    @property
    def gateway_url(self) -> str:
        return self.suite.settings["GATEWAY_URL"]

    def environment(self) -> dict[str, str]:
        """Every setting of the suite, as its processes together get them."""
        return dict(self.suite.settings)

    def create_database(self, name: str) -> str:
        """The address of an empty database of this name; one that was there is deleted first."""
        import psycopg2  # type: ignore[import-untyped]
        from psycopg2 import sql

        given = os.environ.get("POSTGRES_URL", "").strip() or self.suite.postgres.url("postgres")
        with closing(psycopg2.connect(given)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        parts = urlsplit(given)
        return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))

    def migrate(self) -> None:
        """Both services' databases and the broker's topology."""
        for name in SCHEMA_STEPS:
            self.suite.start(name)

    def start_process(self, name: str) -> Child:
        """Starts a process as the runner does; returns when it can serve, or has ended if it runs once. Raises Refusal."""
        return self.suite.start(name)

    def stop_process(self, name: str) -> None:
        """Asks it to end and waits."""
        self.suite.stop(name)

    def kill_process(self, name: str) -> None:
        """Ends it as a crash would. Also for ``postgres`` and ``rabbitmq``; ``restart_server`` brings those back."""
        self.suite.kill(name)

    def restart_server(self, name: str) -> None:
        """Starts ``postgres`` or ``rabbitmq`` again, on the same data and ports, and waits until it answers."""
        self.suite.start_server(name)

    def log(self, name: str) -> str:
        """What the process has written so far."""
        path = self.suite.log_of(name)
        return path.read_text(errors="replace") if path.exists() else ""
