"""Names in one written form, and what is shown of people (SEC-2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.masking import masked_identity_number, masked_name, masked_phone
from services.members.domain.names import is_name, normal_name
from services.members.domain.nations import NATIONS, normal_nation


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("王 明", "王明"),
        ("王\u3000明 ", "王明"),
        ("\u200b王明\ufeff", "王明"),
        ("吉克•木呷", "吉克·木呷"),
        ("吉克・木呷", "吉克·木呷"),
        ("吉克･木呷", "吉克·木呷"),
        ("吉克.木呷", "吉克·木呷"),
        ("吉克．木呷", "吉克·木呷"),
        ("葛\U000e0100亮", "葛亮"),
        ("ＡＮＮＡ", "ANNA"),
        ("李䶮", "李䶮"),
        ("陈\U0002b5af", "陈\U0002b5af"),
    ],
)
def test_one_name_has_one_form(typed: str, stored: str) -> None:
    assert normal_name(typed) == stored
    assert is_name(stored)


@given(st.text(max_size=20))
def test_normal_form_is_normal(text: str) -> None:
    assert normal_name(normal_name(text)) == normal_name(text)


@pytest.mark.parametrize(
    "text", ["", "王", "王1", "·王明", "王明·", "王··明", "王明(小)", "王明,", "李\ue863", "字" * 61]
)
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)


def test_characters_newer_than_pythons_tables_are_letters() -> None:
    assert is_name("王\U00031350")


def test_patterns_of_sec_2() -> None:
    assert masked_phone("13812341234") == "138****1234"
    assert masked_identity_number("510799199003149996") == "5107**********9996"
    assert [masked_name(name) for name in ("", "王", "王明", "王小明", "阿依古丽·买买提")] == [
        "",
        "*",
        "王*",
        "王*明",
        "阿" + "*" * 6 + "提",
    ]


@given(st.text(max_size=30))
def test_text_of_another_length_shows_nothing(text: str) -> None:
    if len(text) != 11:
        assert set(masked_phone(text)) <= {"*"}
    if len(text) != 18:
        assert set(masked_identity_number(text)) <= {"*"}


def test_fifty_six_nations_and_three_entries() -> None:
    assert len(NATIONS) == 59
    assert normal_nation("汉") == normal_nation("汉族") == "汉族"
    assert normal_nation("维吾尔") == "维吾尔族"
    assert normal_nation("穿青人") == "穿青人"
    assert normal_nation("火星") is None
    assert normal_nation("") is None
