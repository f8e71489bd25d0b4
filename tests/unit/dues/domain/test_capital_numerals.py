"""Capital numerals: the examples of the voucher rules, and a reader of numerals that must read back every amount."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dues.domain.capital_numerals import MAX_CAPITAL_FEN, capital_amount


@pytest.mark.parametrize(
    ("amount_fen", "text"),
    [
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (5, "人民币伍分"),
        (10, "人民币壹角整"),
        (20, "人民币贰角整"),
        (37, "人民币叁角柒分"),
        (1_00, "人民币壹元整"),
        (1_01, "人民币壹元零壹分"),
        (1_10, "人民币壹元壹角整"),
        (10_00, "人民币壹拾元整"),
        (15_00, "人民币壹拾伍元整"),
        (24_00, "人民币贰拾肆元整"),
        (100_00, "人民币壹佰元整"),
        (101_00, "人民币壹佰零壹元整"),
        (110_00, "人民币壹佰壹拾元整"),
        (325_04, "人民币叁佰贰拾伍元零肆分"),
        (1000_00, "人民币壹仟元整"),
        (1001_00, "人民币壹仟零壹元整"),
        (1010_00, "人民币壹仟零壹拾元整"),
        (1409_50, "人民币壹仟肆佰零玖元伍角整"),
        (1680_32, "人民币壹仟陆佰捌拾元叁角贰分"),
        (6007_14, "人民币陆仟零柒元壹角肆分"),
        (10000_00, "人民币壹万元整"),
        (10001_00, "人民币壹万零壹元整"),
        (10010_00, "人民币壹万零壹拾元整"),
        (10100_00, "人民币壹万零壹佰元整"),
        (10950_00, "人民币壹万零玖佰伍拾元整"),
        (10999_00, "人民币壹万零玖佰玖拾玖元整"),
        (11000_00, "人民币壹万壹仟元整"),
        (16409_02, "人民币壹万陆仟肆佰零玖元零贰分"),
        (100000_00, "人民币壹拾万元整"),
        (107000_53, "人民币壹拾万柒仟元伍角叁分"),
        (200000_00, "人民币贰拾万元整"),
        (1050030_00, "人民币壹佰零伍万零叁拾元整"),
        (10000000_00, "人民币壹仟万元整"),
        (100000000_00, "人民币壹亿元整"),
        (100000001_00, "人民币壹亿零壹元整"),
        (100001000_00, "人民币壹亿零壹仟元整"),
        (100010000_00, "人民币壹亿零壹万元整"),
        (110000000_00, "人民币壹亿壹仟万元整"),
        (100100010_01, "人民币壹亿零壹拾万零壹拾元零壹分"),
        (999999999999_99, "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amount_as_a_receipt_writes_it(amount_fen: int, text: str) -> None:
    assert capital_amount(amount_fen) == text


@pytest.mark.parametrize("amount_fen", [-1, MAX_CAPITAL_FEN + 1])
def test_amount_beyond_the_bounds_is_never_half_written(amount_fen: int) -> None:
    with pytest.raises(ValueError, match="capital numerals"):
        capital_amount(amount_fen)


VALUE = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNIT = {"拾": 10, "佰": 100, "仟": 1000}


def read_whole(text: str) -> int:
    """A whole number from its capital numerals, read from the left as a person does."""
    total, group, digit = 0, 0, 0
    for sign in text:
        if sign in VALUE:
            digit = VALUE[sign]
        elif sign in UNIT:
            group, digit = group + digit * UNIT[sign], 0
        else:
            scale = {"万": 10_000, "亿": 100_000_000}[sign]
            total, group, digit = total + (group + digit) * scale, 0, 0
    return total + group + digit


def read_back(text: str) -> int:
    match = re.fullmatch(r"人民币(?:(.+)元)?零?(?:(.)角)?(?:(.)分)?整?", text)
    assert match is not None, text
    yuan, jiao, fen = match.groups()
    return (read_whole(yuan) if yuan else 0) * 100 + VALUE[jiao or "零"] * 10 + VALUE[fen or "零"]


amounts = st.one_of(
    st.integers(0, MAX_CAPITAL_FEN),
    st.integers(0, 200_000),
    st.lists(st.sampled_from("0001590"), min_size=1, max_size=14).map(lambda digits: int("".join(digits))),
)


@given(amounts)
def test_every_amount_can_be_read_back(amount_fen: int) -> None:
    assert read_back(capital_amount(amount_fen)) == amount_fen


@given(amounts)
def test_no_zero_is_written_twice_or_where_it_says_nothing(amount_fen: int) -> None:
    text = capital_amount(amount_fen)
    assert "零零" not in text
    assert not re.search(r"零[拾佰仟万亿角分整]", text)
    assert ("零元" in text) == (amount_fen == 0)
    assert not re.search(r"(^|[^壹贰叁肆伍陆柒捌玖])[拾佰仟]", text)
    assert text.endswith("分") != text.endswith("整")
