"""A database that is away is no bug: who asked is told to come again, and a connection that died is made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis import database
from services.chassis.core import Core
from services.chassis.database import TRIES, Database
from services.chassis.ids import new_id
from services.contracts.errors import Unavailable
from services.contracts.method import Kind
from tests.integration.chassis.test_core import call, method
from tests.integration.dues.county import settings_for

NOBODY_LISTENS = "postgresql://nobody:nothing@127.0.0.1:1/nothing"
KINDS = [Kind.QUERY, Kind.LOOKUP, Kind.COMMAND]


def ask(core: Core, kind: Kind, use_case: Any = None) -> Any:
    return call(core, new_id(), of=method(kind), use_case=use_case or (lambda _work, request: request))


def end_connections(core: Core) -> None:
    """As an administrator does, or a restart."""
    with core.database.engine.connect() as other:
        other.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        other.invalidate()


@pytest.mark.parametrize("kind", [*KINDS, Kind.ERRAND])
def test_database_that_can_not_be_reached_does_not_answer_now(kind: Kind, tmp_path: Path) -> None:
    away = Core(settings_for(NOBODY_LISTENS, tmp_path), Database(NOBODY_LISTENS, name="test", pool_size=1))
    with pytest.raises(Unavailable) as refusal:
        ask(away, kind)
    assert refusal.value.detail == {"reason": "database"}


@pytest.mark.parametrize("kind", KINDS)
def test_connections_that_the_database_has_ended_are_not_noticed_by_who_asks(core: Core, kind: Kind) -> None:
    held = [core.database.engine.connect() for _ in range(3)]
    for one in held:
        one.close()
    end_connections(core)
    assert ask(core, kind).data == {"text": "hello"}


def test_use_case_whose_connection_dies_each_time_is_tried_a_bounded_number_of_times(core: Core) -> None:
    tries = []

    def dies(work: Any, request: Any) -> Any:
        tries.append(1)
        work.db.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return request

    with pytest.raises(Unavailable):
        ask(core, Kind.QUERY, dies)
    assert len(tries) == TRIES


def test_wrong_statement_stays_a_bug(core: Core) -> None:
    def wrong(work: Any, _request: Any) -> Any:
        work.db.execute(sa.text("SELECT nothing FROM nowhere"))

    with pytest.raises(sa.exc.ProgrammingError):
        ask(core, Kind.QUERY, wrong)


def test_twin_without_the_translation_an_absent_database_is_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_is_away", lambda _fault: False)
    away = Core(settings_for(NOBODY_LISTENS, tmp_path), Database(NOBODY_LISTENS, name="test", pool_size=1))
    with pytest.raises(sa.exc.OperationalError):
        ask(away, Kind.QUERY)
