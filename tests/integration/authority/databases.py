"""The two services' databases for the authority tests: migrated, and owned by an ordinary role as in an installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import sqlalchemy as sa

from services.chassis.migrate import migrate
from services.chassis.row_scope import SERVICE_ROLE
from tests.integration.dues import database

SERVICES = ("members", "dues")


@contextmanager
def service_databases() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Addresses by service: as the service connects, which is an ordinary owner, and as the server's administrator does."""
    with database.server() as address, ExitStack() as stack:
        urls, admins = {}, {}
        for service in SERVICES:
            name, password = f"authority_{service}_{uuid4().hex[:8]}", uuid4().hex
            stack.enter_context(_made(address, name, password))
            admins[service] = _url(address, name)
            urls[service] = sa.make_url(admins[service]).set(username=name, password=password).render_as_string(False)
            migrate(service, urls[service])
        yield urls, admins


def administrator(url: str) -> sa.Engine:
    """Each statement by itself, no connection kept."""
    forced = sa.make_url(url).set(drivername="postgresql+psycopg2")
    return sa.create_engine(forced, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def _url(address: str, name: str) -> str:
    url = sa.make_url(address).set(drivername="postgresql", database=name)
    return url.render_as_string(hide_password=False)


@contextmanager
def _made(address: str, name: str, password: str) -> Iterator[None]:
    """A database and its owner, made as deploy/local and deploy/postgres make them."""
    admin = administrator(_url(address, "postgres"))
    with admin.connect() as connection:
        if connection.scalar(sa.text(f"SELECT count(*) FROM pg_roles WHERE rolname = '{SERVICE_ROLE}'")) == 0:
            connection.execute(sa.text(f"CREATE ROLE {SERVICE_ROLE} NOLOGIN"))
        connection.execute(sa.text(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
        connection.execute(sa.text(f"GRANT {SERVICE_ROLE} TO {name}"))
        connection.execute(sa.text(f"CREATE DATABASE {name} OWNER {name}"))
    try:
        yield
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
            connection.execute(sa.text(f"DROP ROLE {name}"))
