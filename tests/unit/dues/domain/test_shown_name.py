"""Names shortened for pages: the same everywhere, and never the whole name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dues.domain.shown_name import MAX_NAME_LENGTH, shorten_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧**明"),
        ("阿依古丽·买买提", "阿***·**提"),
        ("阿依古丽•买买提", "阿***·**提"),
        ("甲·乙", "甲·*"),
        ("王", "*"),
        ("", "*"),
        ("·", "*"),
        (" 王 明 ", "王*"),
        ("䶮\U000e0100明亮", "䶮\U000e0100*亮"),
        ("王明\U000e0101", "王*"),
        ("𠮷田明", "𠮷*明"),
    ],
)
def test_name_as_others_may_see_it(name: str, shown: str) -> None:
    assert shorten_name(name) == shown


hanzi = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=30)


@given(hanzi)
def test_at_most_the_ends_are_shown_and_the_length_is_kept(name: str) -> None:
    shown = shorten_name(name)
    assert len(shown) == len(name)
    assert shown[0] == name[0]
    assert sum(sign != "*" for sign in shown) <= 2
    assert "*" in shown


@given(st.text(max_size=400))
def test_any_text_is_shortened_and_stays_bounded(name: str) -> None:
    shown = shorten_name(name)
    assert "*" in shown
    assert len(shown) <= MAX_NAME_LENGTH
    assert shorten_name(name) == shown
