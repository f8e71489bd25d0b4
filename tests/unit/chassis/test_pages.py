"""Cursor pages: where a page ends the next begins, and a made-up cursor is refused before a database sees it."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.ids import new_id, parse_id
from services.chassis.pages import MOST_WHOLE, clean_text, cursor_of, cut, key_of, whole
from services.contracts.errors import InvalidMessage
from services.contracts.values import org_path


def test_key_comes_back_as_it_went_in() -> None:
    member_id = new_id()
    assert key_of(cursor_of(7, "王芳", member_id), whole, clean_text, parse_id) == (7, "王芳", member_id)


def test_first_page_has_no_key() -> None:
    assert key_of(None, whole) is None


def made_up(key: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "王",
        "x" * 7,
        made_up({}),
        made_up(7),
        made_up([]),
        made_up([1, 2]),
        made_up(["1"]),
        made_up([True]),
        made_up([-1]),
        made_up([1.5]),
        made_up([MOST_WHOLE + 1]),
    ],
)
def test_text_that_is_no_cursor_of_this_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidMessage):
        key_of(cursor, whole)


@pytest.mark.parametrize("part", ["\0", "王\0芳", 7, None, ["王芳"], {"王": "芳"}])
def test_what_no_database_takes_as_a_text_is_no_part_of_a_cursor(part: object) -> None:
    with pytest.raises(InvalidMessage):
        key_of(made_up([part]), clean_text)
    assert key_of(made_up([part]), str) is not None, "the twin, which takes whatever str() makes a text of"


keys = st.lists(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=9) | st.just([]), max_size=4
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(keys | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2), st.binary(max_size=3))
def test_no_well_formed_cursor_of_another_list_gets_through(key: object, more: bytes) -> None:
    try:
        data = orjson.dumps(key) + more
    except (TypeError, orjson.JSONEncodeError):
        return
    cursor = base64.urlsafe_b64encode(data).decode()
    for checks in ((whole,), (clean_text, parse_id), (org_path, parse_id), (whole, clean_text, parse_id)):
        try:
            found = key_of(cursor, *checks)
        except InvalidMessage:
            continue
        assert found is not None
        assert list(found) == key
        assert all(check(part) == part for check, part in zip(checks, found, strict=True))


@given(st.text(max_size=200))
def test_no_text_makes_anything_but_a_key_or_a_refusal(text: str) -> None:
    try:
        key = key_of(text, whole, parse_id)
    except InvalidMessage:
        return
    assert key is not None
    assert len(key) == 2


@given(st.lists(st.integers(0, MOST_WHOLE), unique=True, max_size=40), st.integers(1, 7))
def test_pages_after_each_other_show_every_item_once(numbers: list[int], limit: int) -> None:
    items, shown, cursor = sorted(numbers), [], None
    for _ in range(len(items) + 1):
        after = key_of(cursor, whole)
        rows = [one for one in items if after is None or one > after[0]][: limit + 1]
        page, cursor = cut(rows, limit, lambda one: (one,))
        shown += page
        if cursor is None:
            break
    assert shown == items
    assert cursor is None
