"""The broker's data are gone: what is told again makes the listeners whole, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from deploy.local.refill import main as make_refill
from deploy.local.stack import Stack
from services.chassis import inbox, refill
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.declare import declare
from services.chassis.work import Work
from services.contracts.members.messages import ExportRequested
from services.contracts.members.methods import ROSTER_EXPORT_REQUESTED
from tests.integration.chassis import telling
from tests.integration.chassis.courier import Courier
from tests.integration.chassis.telling import EXPORT, TO_JOBS, happen, run_once, waiting
from tests.integration.dues import database
from tests.integration.dues.county import settings_for

LISTENER = "members-jobs"
TODAY = "2026-09-15"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("refill")) as running:
        yield running


@pytest.fixture
def listener(chassis_server: tuple[str, str], tmp_path: Path) -> Iterator[Core]:
    """Another service, with a database of its own."""
    with database.copy(*chassis_server) as url:
        opened = Database(url, name="listener", pool_size=2)
        yield Core(settings_for(url, tmp_path), opened)
        opened.close()


def hear(uri: str, listener: Core, at_most: int | None = None) -> int:
    """Has the listener work on what its queue holds; how many came."""

    def effect(work: Work, request: ExportRequested) -> None:
        work.audit("test.heard", "export", request.export_id, purpose="test")

    came = 0
    with closing(Courier(uri)) as courier:
        while came != at_most and (message := courier.get(TO_JOBS)) is not None:
            event = orjson.loads(message.body)
            listener.event(ROSTER_EXPORT_REQUESTED, effect, LISTENER, event["id"], event["data"])
            came += 1
    return came


def effects(listener: Core) -> list[str]:
    with listener.database.snapshot() as db:
        return list(db.scalars(sa.text("SELECT object_id FROM audit ORDER BY entry_id")))


def exports(core: Core) -> list[str]:
    with core.database.snapshot() as db:
        return list(db.scalars(sa.text("SELECT data ->> 'export_id' FROM outbox ORDER BY position")))


def lose_some(core: Core, listener: Core, stack: Stack) -> None:
    """Five events told; the listener has heard two when the broker loses the rest."""
    declare(stack.amqp_uri)
    for word in ("1", "2", "3", "4", "5"):
        happen(core, EXPORT, "one", word)
    run_once(core, stack.amqp_uri)
    assert hear(stack.amqp_uri, listener, at_most=2) == 2
    telling.lose_everything(stack.management_uri)
    declare(stack.amqp_uri)
    assert hear(stack.amqp_uri, listener) == 0


def test_after_a_refill_the_listener_is_whole_and_nothing_happened_twice(
    core: Core, listener: Core, stack: Stack
) -> None:
    lose_some(core, listener, stack)
    for _ in range(2):
        assert refill.refill(core.database, refill.instant_of(TODAY)) == 5
        run_once(core, stack.amqp_uri)
        assert hear(stack.amqp_uri, listener) == 5
        assert effects(listener) == exports(core)


def test_twin_without_a_refill_the_lost_stay_lost(core: Core, listener: Core, stack: Stack) -> None:
    lose_some(core, listener, stack)
    run_once(core, stack.amqp_uri)
    assert [hear(stack.amqp_uri, listener), effects(listener)] == [0, exports(core)[:2]]


def test_twin_without_the_inbox_a_refill_repeats_effects(
    core: Core, listener: Core, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "first_time", lambda *_, **__: True)
    lose_some(core, listener, stack)
    refill.refill(core.database, refill.instant_of(TODAY))
    run_once(core, stack.amqp_uri)
    hear(stack.amqp_uri, listener)
    assert len(effects(listener)) == 7


def test_only_what_was_told_since_and_has_a_listener_is_told_again(core: Core, stack: Stack) -> None:
    declare(stack.amqp_uri)
    happen(core, EXPORT, "one", "old", "new")
    happen(core, telling.NOBODY_HEARS, "one", "nobody's")
    run_once(core, stack.amqp_uri)
    with core.database.transaction() as db:
        db.execute(
            sa.text("UPDATE outbox SET published_at = '2026-09-14T23:59:59+08:00' WHERE data ->> 'word' = 'old'")
        )
    assert refill.refill(core.database, refill.instant_of(TODAY)) == 1
    assert waiting(core) == [("one", "new")]


@pytest.mark.parametrize("service", [[], ["dues"]])
def test_make_refill_finds_the_databases(
    core: Core,
    stack: Stack,
    service: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    declare(stack.amqp_uri)
    happen(core, EXPORT, "one", "1")
    run_once(core, stack.amqp_uri)
    url = core.settings.database_url.reveal()
    for name in ("MEMBERS_DATABASE_URL", "DUES_DATABASE_URL"):
        monkeypatch.setenv(name, url)
    assert make_refill([f"{TODAY}T09:00", *service]) == 0
    assert "1 events since 2026-09-15T09:00:00+08:00 are told again" in capsys.readouterr().out
    assert waiting(core) == [("one", "1")]
    assert make_refill(["yesterday", *service]) == 2
    assert "write 2026-11-01" in capsys.readouterr().err
    monkeypatch.delenv("DUES_DATABASE_URL")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert make_refill([TODAY]) == 1
    assert "Nothing has run" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], [TODAY, "nobody"], [TODAY, "dues", "members"]])
def test_a_wrong_wish_is_told_how_it_is_asked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert make_refill(arguments) == 2
    assert "make refill FROM=" in capsys.readouterr().err


def test_without_a_database_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert refill.run("dues", "postgresql://nobody@127.0.0.1:1/dues", TODAY) == 1
    assert "does not answer" in capsys.readouterr().err
