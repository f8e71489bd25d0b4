"""Brings one service's database to its newest shape: ``python -m services.chassis.migrate dues``. Safe to repeat.

Migrations are numbered and named, written by hand, additive first. They run under a lock, so that two starts at once do the work
once, and with a short lock time-out, so that none of them can stand in the way of payments for long.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from services.chassis.database import _forced_driver

_MIGRATION_LOCK = 7_240_000
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"
WAIT_S = 60.0
_HERE = Path(__file__).parent


def migrate(service: str, url: str, wait_s: float = WAIT_S) -> None:
    """Upgrades the service's database to the newest revision. Raises what the database says when it can't."""
    engine = sa.create_engine(_forced_driver(url), poolclass=sa.NullPool)
    with _connected(engine, wait_s) as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.execute(
            sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'; SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        )
        connection.commit()
        config = Config()
        config.set_main_option("script_location", str(_HERE / "alembic_environment"))
        config.set_main_option("version_locations", str(_HERE.parent / service / "migrations"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _connected(engine: sa.Engine, wait_s: float) -> sa.Connection:
    until = time.monotonic() + wait_s
    while True:
        try:
            return engine.connect()
        except OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.5)


def main(service: str) -> int:
    name = f"{service.upper()}_DATABASE_URL"
    url = os.environ.get(name, "")
    if not url:
        print(f"{name} is missing. It should be the address of the service's own database.", file=sys.stderr)  # noqa: T201
        return 2
    migrate(service, url)
    print(f"{service}: database is up to date")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else 2)
