"""Where the data to be checked are: databases that the environment names, or those of the data folder, running or stopped.

A stopped folder's PostgreSQL is started for as long as the check takes; nothing else of the suite is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.audit.invariant import DatabaseUrls
from deploy.local.environment import Given, database_variable
from deploy.local.failures import Refusal
from deploy.local.ports import LOOPBACK
from deploy.local.processes import POSTGRES
from deploy.local.servers import Postgres
from deploy.local.suite import Suite, data_folder


@contextmanager
def databases(environment: Mapping[str, str]) -> Iterator[DatabaseUrls]:
    """The addresses of the databases, which answer until the end of the block. Raises Refusal with what to do."""
    given = Given(environment)
    if given.has_all_databases:
        yield DatabaseUrls(given.text(database_variable("dues")), given.text(database_variable("members")))
        return
    folder = data_folder(environment)
    if not (folder.postgres / "data").exists():
        raise Refusal(
            f"There are no data in {folder.path} yet: run `make run` first, or name databases with "
            f"{database_variable('dues')} and {database_variable('members')}."
        )
    folder.require_whole()
    secrets = _read(folder.path / "secrets.json")
    port = _read(folder.path / "ports.json")["postgres"]
    if Postgres(folder, int(port), secrets["postgres"]).answers():
        yield _own(secrets, int(port))
        return
    with folder.claim():
        suite = Suite(folder, environment)
        try:
            suite.end_leftovers()
            suite.start_server(POSTGRES)
            yield _own(suite.secrets, suite.ports["postgres"])
        finally:
            suite.stop_all()


def simulator_folder(environment: Mapping[str, str]) -> Path | None:
    """Where the simulator keeps its books; None where money is real."""
    given = Given(environment)
    if not given.is_simulated:
        return None
    named = given.text("WECHAT_SIMULATOR_DATA")
    if named:
        return Path(named)
    if given.has_all_databases:
        return None  # the databases are not the data folder's, so neither are its books theirs
    return data_folder(environment).path / "wechat-simulator"


def _own(secrets: Mapping[str, str], port: int) -> DatabaseUrls:
    address = {one: f"postgresql://{one}:{secrets[one]}@{LOOPBACK}:{port}/{one}" for one in DatabaseUrls._fields}
    return DatabaseUrls(**address)


def _read(file: Path) -> dict[str, str]:
    try:
        values: dict[str, str] = json.loads(file.read_text())
    except (OSError, ValueError):
        raise Refusal(f"{file} cannot be read: start with `make run` once, then check again.") from None
    return values
