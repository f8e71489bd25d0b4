"""The runner with real servers: from nothing to ready, to nothing again, and on with the same data."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.integration.runner_control import READY, Run

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
"""127.0.0.1 and ::1 as the kernel's tables write them."""

FIRST_NOTE = "CREATE TABLE kept AS SELECT 'written at the first start' AS words"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner") / "data"


@pytest.fixture(scope="module")
def first(data: Path) -> Iterator[Run]:
    """A first start on an empty folder, ready."""
    with Run(data) as run:
        run.wait_for(READY)
        yield run


def database(data: Path) -> str:
    secrets, ports = (json.loads((data / name).read_text()) for name in ("secrets.json", "ports.json"))
    return f"postgresql://members:{secrets['members']}@127.0.0.1:{ports['postgres']}/members"


def test_everything_starts_in_order_and_the_county_is_loaded_once(first: Run) -> None:
    happened = [event.split()[0] + " " + event.split()[1] for event in first.happened]
    place = {event: index for index, event in enumerate(happened)}
    assert place["migrate-members done"] < place["members started"] < place["gateway started"]
    assert place["migrate-dues done"] < place["dues started"] < place["gateway started"]
    assert place["declare done"] < min(place["members started"], place["dues started"])
    assert place["gateway started"] < place["demo begun"] < place["demo done"]
    assert "loading 100 %" in first.text


def test_the_servers_listen_on_loopback_only(first: Run) -> None:
    ports = json.loads((first.data / "ports.json").read_text())
    mine = {ports[name] for name in ("postgres", "amqp", "management", "epmd", "distribution", "gateway")}
    listening: dict[int, set[str]] = {}
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A":
                host, port = address.split(":")
                listening.setdefault(int(port, 16), set()).add(host)
    assert mine <= set(listening)
    assert {port: hosts for port, hosts in listening.items() if port in mine and not hosts <= LOOPBACK} == {}


def test_the_databases_have_owners_of_their_own_and_what_the_services_need(first: Run) -> None:
    with closing(psycopg2.connect(database(first.data))) as connection, connection, connection.cursor() as cursor:
        for extension in ("ltree", "btree_gist", "pg_trgm"):
            cursor.execute(f"CREATE EXTENSION {extension}")
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute(FIRST_NOTE)


def test_a_second_start_beside_it_gets_one_sentence(first: Run) -> None:
    with Run(first.data) as second:
        assert second.ends() == 1
    assert len(second.text.splitlines()) == 1
    assert second.text.startswith("It runs already (http://127.0.0.1:")
    assert "stop it there with Ctrl-C first" in second.text


def test_ctrl_c_stops_everything_in_order_and_leaves_nothing(first: Run) -> None:
    assert first.stop(signal.SIGINT) == 0
    assert first.text.splitlines()[-1].endswith("everything is stopped; the data are kept")
    assert first.left() == []
    assert list((first.data / "processes").iterdir()) == []
    stopped = [event for event in first.happened if event.endswith("stopped")]
    assert stopped[0] == "gateway stopped"
    assert sorted(stopped[1:]) == ["dues stopped", "members stopped"]


def test_a_second_start_finds_its_data_and_sigterm_stops_it(first: Run) -> None:
    assert first.process.poll() is not None
    with Run(first.data) as second:
        second.wait_for(READY)
        with closing(psycopg2.connect(database(first.data))) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT words FROM kept")
            assert cursor.fetchone() == ("written at the first start",)
        assert second.stop(signal.SIGTERM) == 0
    assert second.happened.count("demo done") == 1
    assert "demonstration county" not in second.text
    assert second.left() == []


def test_a_killed_run_leaves_nothing_and_hinders_nobody(first: Run) -> None:
    """The kernel ends the children; the next start waits until the servers are down."""
    with Run(first.data) as killed:
        killed.wait_for(READY)
        killed.process.kill()
        killed.ends()
        with Run(first.data) as third:
            third.wait_for(READY)
            with closing(psycopg2.connect(database(first.data))) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM kept")
                assert cursor.fetchone() == (1,)
            assert third.stop() == 0
    assert third.left() == []
