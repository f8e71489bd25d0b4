"""A part is frozen, its connections open: every request ends by its deadline, and what does not need the part goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.faults.gateway_stand import DUES, MEMBERS, PAGES, Answer, Crowd, Stand, is_good, standing

FROZEN_S = 12.0
BEFORE_S = 1.0
CROWD = {MEMBERS: 3, DUES: 24, PAGES: 1}
PLACES = "4"
THREADS = "32"
"""What PLACES for two services come to: the twin has as many."""

MAY_OUTLIVE_S = 2.0
"""The property is 0.2 s, which ``make bench`` measures (isolation); here a machine that does much else must not fail it."""
LEAST_GOOD = 20
"""In twelve seconds, of three people who ask again after each answer: far below what a busy machine does, far above none."""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("frozen"), GATEWAY_CALLS_IN_FLIGHT=PLACES) as made:
        yield made


def while_frozen(stand: Stand, *names: str) -> dict[str, list[Answer]]:
    """What was asked while these parts were frozen; afterwards everything answers again."""
    pause = threading.Event()
    with Crowd(stand, CROWD) as crowd:
        pause.wait(BEFORE_S)
        with stand.frozen(*names):
            before = len(crowd.answers)
            pause.wait(FROZEN_S)
            after = len(crowd.answers)
        crowd.wait_for(MEMBERS)
        crowd.wait_for(DUES)
    asked = crowd.answers[before:after]
    assert [one for one in crowd.answers if one.over_s > MAY_OUTLIVE_S] == []
    assert all(int(one.retry_after or 0) >= 1 for one in crowd.answers if one.status == 503)
    assert {one.status for one in crowd.answers} <= {200, 404, 503}
    return {path: [one for one in asked if one.path == path] for path in CROWD}


def good(answers: list[Answer]) -> int:
    return sum(map(is_good, answers))


def test_frozen_service_leaves_the_others_answering(stand: Stand) -> None:
    during = while_frozen(stand, "dues")
    assert good(during[DUES]) <= CROWD[DUES], "those that were under way before at the most"
    assert {one.status for one in during[MEMBERS]} <= {200, 404}, "nobody who needs another service is sent away"
    assert good(during[MEMBERS]) > LEAST_GOOD
    assert good(during[PAGES]) > LEAST_GOOD


def test_frozen_broker_leaves_pages_answering_and_everything_else_refused(stand: Stand) -> None:
    during = while_frozen(stand, "rabbitmq")
    assert good(during[MEMBERS]) + good(during[DUES]) <= CROWD[MEMBERS] + CROWD[DUES]
    assert good(during[PAGES]) > LEAST_GOOD


def test_frozen_database_leaves_pages_answering_and_everything_else_refused(stand: Stand) -> None:
    during = while_frozen(stand, "postgres")
    assert good(during[MEMBERS]) + good(during[DUES]) <= CROWD[MEMBERS] + CROWD[DUES]
    assert good(during[PAGES]) > LEAST_GOOD


def while_dues_is_frozen(stand: Stand) -> int:
    """How many of those who need the members service, and wait three seconds at the most, are served."""
    pause, token = threading.Event(), stand.token()
    with stand.frozen("dues"), Crowd(stand, {DUES: 2 * int(THREADS)}):
        pause.wait(BEFORE_S)
        return sum(is_good(stand.ask(MEMBERS, token, patience_s=3.0)) for _ in range(3))


def test_as_many_as_there_are_threads_ask_a_frozen_service_and_another_is_served(stand: Stand) -> None:
    assert while_dues_is_frozen(stand) == 3


def test_twin_without_the_cap_a_frozen_service_starves_the_others(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many threads, and places that nobody ever waits for."""
    with stand.other_gateway(monkeypatch, GATEWAY_CALLS_IN_FLIGHT="200", GUNICORN_CMD_ARGS=f"--threads={THREADS}"):
        assert while_dues_is_frozen(stand) < 3
