"""A broker that was gone is asked for again soon, and as often as it takes."""

from __future__ import annotations

from typing import Any

import kombu
import kombu.mixins
import kombu.utils.functional
import pytest

from services.chassis.entrypoints.doors import MessageConsumer
from services.chassis.reconnecting import LONGEST_WAIT_S, Reconnecting

REFUSED = 40


class Told(Reconnecting, kombu.mixins.ConsumerMixin):
    """A consumer whose broker refuses it so many times, and which writes down how long it would wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waits_s: list[float] = []
        self._left = REFUSED
        monkeypatch.setattr(kombu.utils.functional, "sleep", lambda _seconds: None)
        monkeypatch.setattr(kombu.Connection, "_connection_factory", self._connect)

    @property
    def connection(self) -> kombu.Connection:
        return kombu.Connection("amqp://nobody@127.0.0.1:1//")

    def _connect(self, *_: Any) -> object:
        if self._left:
            self._left -= 1
            raise ConnectionRefusedError
        return object()

    def on_connection_error(self, _fault: BaseException, wait_s: float) -> None:
        self.waits_s.append(wait_s)


def test_consumer_asks_again_every_second_at_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Told(monkeypatch)
    with consumer.establish_connection():
        assert len(consumer.waits_s) == REFUSED
    assert max(consumer.waits_s) <= LONGEST_WAIT_S


def test_twin_with_the_stock_waits_a_broker_that_is_back_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Told(monkeypatch)
    monkeypatch.setattr(Reconnecting, "establish_connection", kombu.mixins.ConsumerMixin.establish_connection)
    with consumer.establish_connection():
        assert max(consumer.waits_s) > 20 * LONGEST_WAIT_S


def test_services_consume_this_way() -> None:
    assert issubclass(MessageConsumer, Reconnecting)
