"""GB 11643, with python-stdnum as the second opinion."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from services.members.domain.identity_number import (
    EARLIEST_BIRTH,
    IdentityNumber,
    IdentityNumberFault,
    Sex,
    check_character,
    read_identity_number,
)

TODAY = date(2026, 11, 24)
FIRST_17 = st.builds(
    lambda area, born, order: f"{area:06d}{born:%Y%m%d}{order:03d}",
    st.integers(110000, 659999),
    st.dates(EARLIEST_BIRTH, TODAY),
    st.integers(0, 999),
)


@given(FIRST_17)
def test_check_character_is_the_one_that_stdnum_computes(digits: str) -> None:
    assert check_character(digits) == ric.calc_check_digit(digits + "0")


@given(FIRST_17)
def test_right_number_tells_birth_date_and_sex(digits: str) -> None:
    found = read_identity_number((digits + check_character(digits)).lower(), TODAY)
    assert isinstance(found, IdentityNumber)
    assert f"{found.birth_date:%Y%m%d}" == digits[6:14]
    assert found.sex is (Sex.MALE if int(digits[16]) % 2 else Sex.FEMALE)
    assert found.text == found.text.upper()


@given(FIRST_17, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(digits: str, place: int, shift: int) -> None:
    number = digits + check_character(digits)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert isinstance(read_identity_number(wrong, TODAY), IdentityNumberFault)


@given(FIRST_17, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_found(digits: str, place: int) -> None:
    number = digits + check_character(digits)
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert wrong == number or isinstance(read_identity_number(wrong, TODAY), IdentityNumberFault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", IdentityNumberFault.LENGTH),
        ("51079919900314999", IdentityNumberFault.LENGTH),
        ("510799900314999", IdentityNumberFault.LENGTH),
        ("5107991990031499967", IdentityNumberFault.LENGTH),
        ("51079919900314999O", IdentityNumberFault.CHARACTERS),
        ("51079X199003149996", IdentityNumberFault.CHARACTERS),
        ("５１０７９９１９９００３１４９９９６", IdentityNumberFault.CHARACTERS),
        ("510799199002309990", IdentityNumberFault.BIRTH_DATE),
        ("510799187912319990", IdentityNumberFault.BIRTH_DATE),
        ("510799199003149997", IdentityNumberFault.CHECK_DIGIT),
    ],
)
def test_each_fault_has_its_name(text: str, fault: IdentityNumberFault) -> None:
    assert read_identity_number(text, TODAY) is fault


def test_nobody_is_born_tomorrow() -> None:
    digits = f"510799{TODAY + timedelta(days=1):%Y%m%d}001"
    number = digits + check_character(digits)
    assert read_identity_number(number, TODAY) is IdentityNumberFault.BIRTH_DATE
    assert isinstance(read_identity_number(number, TODAY + timedelta(days=1)), IdentityNumber)


def test_unknown_area_code_breaks_stdnum_and_not_us() -> None:
    """Why ``ric.validate`` is not used on what people type: an area code outside its table raises a KeyError."""
    digits = "51079919900314999"
    number = digits + check_character(digits)
    with pytest.raises(KeyError):
        ric.validate(number)
    assert isinstance(read_identity_number(number, TODAY), IdentityNumber)
