"""Every file of the library of bad rosters is refused for its own reason, quickly and without anything else happening."""

from __future__ import annotations

import contextlib
import io
import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.members.domain.roster.form import Column
from services.members.spreadsheets.refusal import FileFault, FileRefused
from services.members.spreadsheets.roster_reader import read_roster
from tests.unit.members.bad_rosters import ACTIVE, LIBRARY, NOT_WORKBOOKS, BadFile, stored_twice
from tests.unit.members.roster_kit import GOOD
from tests.unit.members.workbook_kit import SHEET, good, parts, roster_book, with_part

MEMORY_BOUND_BYTES = 60 * 2**20


def refusal(data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        list(read_roster(io.BytesIO(data)).members())
    return refused.value


@pytest.mark.parametrize("bad", LIBRARY, ids=lambda bad: bad.name)
def test_bad_file_is_refused_for_its_reason(bad: BadFile) -> None:
    found = refusal(bad.make())
    assert found.fault is bad.fault
    assert bad.detail.items() <= found.detail.items()


@pytest.mark.parametrize("bad", LIBRARY, ids=lambda bad: bad.name)
def test_refusal_repeats_nothing_of_the_content(bad: BadFile) -> None:
    told = str(refusal(bad.make()).detail)
    private = [GOOD[column] for column in (Column.NAME, Column.IDENTITY_NUMBER, Column.PHONE, Column.HOUSEHOLD)]
    assert not any(str(content) in told for content in private)


def test_every_fault_has_a_file_that_shows_it() -> None:
    assert {bad.fault for bad in LIBRARY} == set(FileFault)
    assert len({bad.name for bad in LIBRARY}) == len(LIBRARY) >= 40


@pytest.mark.parametrize("bad", [*NOT_WORKBOOKS[6:], *ACTIVE], ids=lambda bad: bad.name)
def test_the_same_file_without_its_fault_is_read(bad: BadFile) -> None:
    """The twin: what the cases are cut from is good, so that it is the cut which is refused."""
    assert bad.make() not in (good(), roster_book())
    for whole in (good(), roster_book()):
        assert len(list(read_roster(io.BytesIO(whole)).members())) == 1


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    bombs = [bad.make() for bad in LIBRARY if bad.name.startswith(("zip bomb", "one long text", "cell in the last"))]
    assert len(bombs) == 5
    for bomb in bombs:
        tracemalloc.start()
        refusal(bomb)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < MEMORY_BOUND_BYTES


def test_name_stored_twice_is_refused() -> None:
    assert refusal(stored_twice()).fault is FileFault.DAMAGED


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_file_with_random_bytes_changed_is_read_or_refused_and_nothing_else(
    chance: random.Random, changes: int
) -> None:
    data = bytearray(good())
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)
    _read_or_refuse(bytes(data))


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_sheet_with_random_pieces_moved_is_read_or_refused_and_nothing_else(
    chance: random.Random, changes: int
) -> None:
    """Changes inside the XML, where a checksum does not help."""
    sheet = parts(roster_book())[SHEET]
    for _ in range(changes):
        start, length = chance.randrange(len(sheet)), chance.randrange(1, 40)
        place = chance.randrange(len(sheet))
        sheet = sheet[:place] + sheet[start : start + length] + sheet[place + chance.randrange(20) :]
    _read_or_refuse(with_part(roster_book(), SHEET, sheet))


def _read_or_refuse(data: bytes) -> None:
    with contextlib.suppress(FileRefused):
        list(read_roster(io.BytesIO(data)).members())
