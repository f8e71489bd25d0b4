"""Ids are time-ordered, canonical and unique; codes are unguessable."""

from __future__ import annotations

import threading
import uuid

import pytest

from services.chassis import ids
from tests.unit.chassis.green import run_in_greenlets


def test_new_id_is_a_canonical_uuid_of_version_7() -> None:
    made = ids.new_id()
    assert str(uuid.UUID(made)) == made
    assert uuid.UUID(made).version == 7
    assert uuid.UUID(made).variant == uuid.RFC_4122
    assert ids.parse_id(made) == made


def test_ids_of_one_process_grow_even_within_a_millisecond() -> None:
    made = [ids.new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_grow_when_the_machine_clock_steps_back_or_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([5_000_000_000, 4_000_000_000, 4_000_000_000] + [4_000_000_000] * 10_000)
    monkeypatch.setattr(ids, "_sequence", ids._Sequence())
    monkeypatch.setattr(ids.time, "time_ns", lambda: next(now))
    made = [ids.new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_twin_without_the_sequence_ids_of_one_millisecond_are_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids._Sequence, "following", lambda self, now_ms: (now_ms, ids.secrets.randbits(12)))
    made = [ids.new_id() for _ in range(20_000)]
    assert made != sorted(made)


def test_threads_never_share_an_id() -> None:
    made: list[list[str]] = []

    def make() -> None:
        own = [ids.new_id() for _ in range(5_000)]
        assert own == sorted(own)
        made.append(own)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({one for own in made for one in own}) == 8 * 5_000


def test_greenlets_never_share_an_id() -> None:
    printed = run_in_greenlets(
        """
        from services.chassis.ids import new_id
        def make():
            made = []
            for _ in range(200):
                made.append(new_id()); eventlet.sleep(0)
            return made
        pool = eventlet.GreenPool(10)
        made = [one for own in [pool.spawn(make) for _ in range(10)] for one in own.wait()]
        print(len(set(made)))
        """
    )
    assert printed == "2000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01993ABC-0000-7000-8000-000000000000",
        "{01993abc-0000-7000-8000-000000000000}",
        "01993abc000070008000000000000000",
        "01993abc-0000-7000-8000-000000000000\n",
        " 01993abc-0000-7000-8000-000000000000",
        "01993abc-0000-1000-8000-000000000000",
        "01993abc-0000-7000-c000-000000000000",
        "01993abc-0000-7000-8000-00000000000\uff10",
        "../../../../etc/passwd",
        "0" * 10_000,
        None,
        7,
        b"01993abc-0000-7000-8000-000000000000",
    ],
)
def test_only_canonical_ids_are_accepted(text: object) -> None:
    with pytest.raises(ValueError, match="not an id"):
        ids.parse_id(text)


def test_a_browsers_random_uuid_is_an_id() -> None:
    made = str(uuid.uuid4())
    assert ids.parse_id(made) == made


def test_codes_come_from_their_alphabet_and_differ() -> None:
    codes = {ids.new_code(8) for _ in range(2_000)}
    assert len(codes) == 2_000
    assert set("".join(codes)) == set(ids.CODE_ALPHABET)
    assert set(ids.new_code(64, ids.DIGITS)) <= set("0123456789")
    assert not set("01OIL") & set(ids.CODE_ALPHABET)


@pytest.mark.parametrize(("length", "alphabet"), [(0, "AB"), (-1, "AB"), (65, "AB"), (6, ""), (6, "A"), (6, "AAB")])
def test_a_guessable_code_is_refused(length: int, alphabet: str) -> None:
    with pytest.raises(ValueError, match="a code"):
        ids.new_code(length, alphabet)
