"""The tests' own stack: real servers, quickly, that survive being killed, and given ones in their place."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import kombu
import psycopg2
import pytest

from deploy.local.processes import BROKER, POSTGRES
from deploy.local.stack import Stack
from tests.integration.runner_control import NO_SERVERS

CLOSES_WITHIN_S = 5.0
"""Killed, not asked: nobody needs the data any more."""

QUEUE_IS_NOTED_AFTER_S = 1.0
"""RabbitMQ 3.10 writes its list of quorum queues every half second: one that is younger when the broker is killed is lost."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack") / "data")
    with stack:
        yield stack
        closing_at = time.monotonic()
    assert time.monotonic() - closing_at < CLOSES_WITHIN_S
    assert stack.suite.children == {}


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def test_a_database_made_twice_is_empty(stack: Stack) -> None:
    url = stack.create_database("twice")
    ask(url, "CREATE TABLE left_over (number int)")
    assert stack.create_database("twice") == url
    assert ask(url, "SELECT to_regclass('left_over')") == [(None,)]


def test_a_message_outlives_a_killed_broker(stack: Stack) -> None:
    queue = kombu.Queue("kept", durable=True, queue_arguments={"x-queue-type": "quorum"})
    with kombu.Connection(stack.amqp_uri, transport_options={"confirm_publish": True}) as connection:
        queue(connection.default_channel).declare()
        kombu.Producer(connection.default_channel).publish("still here", routing_key="kept", delivery_mode=2)
    time.sleep(QUEUE_IS_NOTED_AFTER_S)
    stack.kill_process(BROKER)
    with pytest.raises(OSError, match="refused"), kombu.Connection(stack.amqp_uri, connect_timeout=2) as connection:
        connection.connect()
    stack.restart_server(BROKER)
    with kombu.Connection(stack.amqp_uri) as connection:
        message = queue(connection.default_channel).get(no_ack=True)
        assert message is not None
        assert message.payload == "still here"


def test_the_database_comes_back_on_the_same_port(stack: Stack) -> None:
    url = stack.create_database("before")
    stack.kill_process(POSTGRES)
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        psycopg2.connect(url)
    stack.restart_server(POSTGRES)
    assert ask(url, "SELECT 1") == [(1,)]


def test_a_process_of_the_suite_starts_stops_and_is_killed(stack: Stack) -> None:
    address = stack.environment()["WECHAT_API_URL"] + "/livez"
    for end in (stack.stop_process, stack.kill_process):
        stack.start_process("wechat-simulator")
        with urllib.request.urlopen(address, timeout=5) as answer:
            assert answer.status == 200
        end("wechat-simulator")
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(address, timeout=5)
    assert "simulated money only" in stack.log("wechat-simulator")


def test_given_servers_are_used_and_none_is_started(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "AMQP_URI": stack.amqp_uri,
        "AMQP_MANAGEMENT_URI": stack.management_uri,
        "POSTGRES_URL": stack.suite.postgres.url("postgres"),
        **{name: url for name, url in NO_SERVERS.items() if name.endswith("_DATABASE_URL")},
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with Stack(tmp_path / "data") as second:
        assert second.suite.children == {}
        assert second.amqp_uri == stack.amqp_uri
        assert ask(second.create_database("given"), "SELECT current_database()") == [("given",)]
