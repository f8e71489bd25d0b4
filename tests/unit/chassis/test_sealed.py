"""A sealed value opens only unaltered, in its own row and column, under a key of the ring."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import sealed
from services.chassis.ids import new_id
from services.chassis.sealed import BlindIndex, KeyRing, SealBroken, SealedColumn, SealKeyUnknown

ID_NUMBER = SealedColumn("member.id_number", normalise=lambda text: text.strip().upper())
PHONE = SealedColumn("member.phone")
OLD, NEW, INDEX = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
PLAIN = "51072319900101123X"


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([("k1", NEW), ("k0", OLD)])


@given(st.text(max_size=300), st.text(min_size=1, max_size=60))
def test_what_is_sealed_opens_again(text: str, row_id: str) -> None:
    ring = KeyRing([("k1", NEW)])
    assert ring.open(PHONE, row_id, ring.seal(PHONE, row_id, text)) == text


def test_the_sealed_form_shows_nothing_and_is_compact(ring: KeyRing) -> None:
    first, second = ring.seal(ID_NUMBER, "m1", PLAIN), ring.seal(ID_NUMBER, "m1", PLAIN)
    assert first != second
    assert PLAIN.encode() not in first
    assert len(first) == 4 + 12 + len(PLAIN) + 16


def _swap(ring: KeyRing) -> str:
    """Somebody with the database in hands gives one person's number to another row."""
    return ring.open(ID_NUMBER, "m2", ring.seal(ID_NUMBER, "m1", PLAIN))


def test_a_value_moved_to_another_row_does_not_open(ring: KeyRing) -> None:
    with pytest.raises(SealBroken, match="another row"):
        _swap(ring)


def test_twin_without_associated_data_a_value_moves_unnoticed(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_associated", lambda header, column, row_id: None)
    assert _swap(ring) == PLAIN


def test_a_value_moved_to_another_column_does_not_open(ring: KeyRing) -> None:
    with pytest.raises(SealBroken):
        ring.open(PHONE, "m1", ring.seal(ID_NUMBER, "m1", PLAIN))


def test_no_altered_bit_opens(ring: KeyRing) -> None:
    value = ring.seal(ID_NUMBER, "m1", PLAIN)
    for position in range(len(value) * 8):
        altered = bytearray(value)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(SealBroken):
            ring.open(ID_NUMBER, "m1", bytes(altered))


def test_no_cut_or_extended_value_opens(ring: KeyRing) -> None:
    value = ring.seal(ID_NUMBER, "m1", PLAIN)
    for wrong in [*(value[:length] for length in range(len(value))), value + b"\0"]:
        with pytest.raises(SealBroken):
            ring.open(ID_NUMBER, "m1", wrong)


@given(st.binary(max_size=200))
def test_rubbish_is_a_broken_seal_and_no_other_error(rubbish: bytes) -> None:
    with pytest.raises(SealBroken):
        KeyRing([("k1", NEW)]).open(PHONE, "m1", rubbish)


def test_the_first_key_seals_and_the_older_ones_still_open(ring: KeyRing) -> None:
    before = KeyRing([("k0", OLD)]).seal(PHONE, "m1", "13812345678")
    assert ring.open(PHONE, "m1", before) == "13812345678"
    assert ring.needs_resealing(before)
    assert not ring.needs_resealing(ring.seal(PHONE, "m1", "13812345678"))


def test_a_value_of_a_removed_key_names_the_key() -> None:
    before = KeyRing([("k0", OLD)]).seal(PHONE, "m1", "13812345678")
    with pytest.raises(SealKeyUnknown, match="'k0'"):
        KeyRing([("k1", NEW)]).open(PHONE, "m1", before)


def test_the_key_id_of_a_value_cannot_be_exchanged() -> None:
    """Both ids hold the same length: only the associated data notices."""
    twin = KeyRing([("k0", NEW)]).seal(PHONE, "m1", "13812345678")
    with pytest.raises(SealBroken):
        KeyRing([("k1", NEW)]).open(PHONE, "m1", twin.replace(b"k0", b"k1", 1))


def test_a_batch_of_a_county_is_sealed_and_opened(ring: KeyRing) -> None:
    rows = [(new_id(), PLAIN) for _ in range(27_385)]
    for column in (ID_NUMBER, PHONE):
        values = ring.seal_many(column, rows)
    opened = ring.open_many(PHONE, zip((row_id for row_id, _ in rows), values, strict=True))
    assert opened == [PLAIN] * len(rows)


def test_one_bad_value_in_a_batch_opens_none(ring: KeyRing) -> None:
    good = ring.seal(PHONE, "m1", "13812345678")
    with pytest.raises(SealBroken):
        ring.open_many(PHONE, [("m1", good), ("m2", good)])


def test_threads_share_a_ring(ring: KeyRing) -> None:
    wrong: list[str] = []

    def work(name: str) -> None:
        for number in range(2_000):
            text = f"{name}{number}"
            if ring.open(PHONE, name, ring.seal(PHONE, name, text)) != text:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(f"m{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_errors_and_reprs_hold_neither_key_nor_plain_text(ring: KeyRing) -> None:
    shown = [repr(ring), repr(BlindIndex(INDEX))]
    for attempt in _failures(ring):
        with pytest.raises((ValueError, SealBroken)) as caught:
            attempt()
        shown.append(str(caught.value) + repr(caught.value))
        assert caught.value.__cause__ is None
    for secret in (PLAIN, base64.b64encode(NEW).decode(), NEW.hex(), repr(NEW)):
        assert all(secret not in text for text in shown)


def _failures(ring: KeyRing) -> list[Callable[[], object]]:
    encoded = base64.b64encode(NEW).decode()
    return [
        lambda: _swap(ring),
        lambda: ring.seal(ID_NUMBER, "", PLAIN),
        lambda: KeyRing.parse(f"k1:{encoded},k1:{encoded}"),
        lambda: KeyRing.parse(f"K!:{encoded}"),
        lambda: KeyRing.parse(f"k1:{encoded[:-2]}"),
        lambda: KeyRing.parse(encoded),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k1",
        "k1:",
        "k1:AAAA",
        ":" + "A" * 43 + "=",
        "k1:" + "A" * 44,
        "k" * 9 + ":" + "A" * 43 + "=",
        "k1:é" + "A" * 42,
    ],
)
def test_a_ring_of_no_use_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        KeyRing.parse(text)


def test_a_ring_is_bounded() -> None:
    keys = [(f"k{number}", os.urandom(32)) for number in range(sealed.MAX_KEYS + 1)]
    with pytest.raises(ValueError, match="1 to 8 keys"):
        KeyRing(keys)
    with pytest.raises(ValueError, match="1 to 8 keys"):
        KeyRing.parse(",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in keys))


def test_a_value_too_long_for_a_column_is_refused(ring: KeyRing) -> None:
    with pytest.raises(ValueError, match="too long"):
        ring.seal(PHONE, "m1", "9" * (sealed.MAX_SEALED_TEXT + 1))


@pytest.mark.parametrize("name", ["", "phone", "member.phone:m1", "Member.phone", "member.phone.x", "member.", "a.b\n"])
def test_a_column_name_that_could_be_read_two_ways_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a column"):
        SealedColumn(name)


def test_the_index_finds_a_value_however_it_was_typed() -> None:
    index = BlindIndex(INDEX)
    assert index.of(ID_NUMBER, " 51072319900101123x ") == index.of(ID_NUMBER, PLAIN)
    assert len(index.of(ID_NUMBER, PLAIN)) == 32


def test_the_index_tells_columns_and_keys_apart() -> None:
    assert BlindIndex(INDEX).of(ID_NUMBER, PLAIN) != BlindIndex(INDEX).of(PHONE, PLAIN)
    assert BlindIndex(INDEX).of(PHONE, PLAIN) != BlindIndex(NEW).of(PHONE, PLAIN)


@pytest.mark.parametrize("text", ["", "   "])
def test_missing_values_are_not_indexed_as_if_they_were_equal(text: str) -> None:
    with pytest.raises(ValueError, match="nothing to index"):
        BlindIndex(INDEX).of(ID_NUMBER, text)


def test_an_index_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        BlindIndex(b"short")
