"""Rounding policies, by example and against each other."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dues.domain.rounding import Rounding, round_fen

exact_amounts = st.fractions(min_value=0, max_value=10**9, max_denominator=60_000)


@pytest.mark.parametrize(
    ("exact", "half_up", "half_even", "down", "to_jiao"),
    [
        ("0", 0, 0, 0, 0),
        ("1/3", 0, 0, 0, 0),
        ("1/2", 1, 0, 0, 0),
        ("3/2", 2, 2, 1, 0),
        ("5/2", 3, 2, 2, 0),
        ("9/2", 5, 4, 4, 0),
        ("49999/10000", 5, 5, 4, 0),
        ("5", 5, 5, 5, 10),
        ("149/10", 15, 15, 14, 10),
        ("15", 15, 15, 15, 20),
        ("25", 25, 25, 25, 30),
    ],
)
def test_each_policy(exact: str, half_up: int, half_even: int, down: int, to_jiao: int) -> None:
    found = [round_fen(Fraction(exact), policy) for policy in Rounding]
    assert found == [half_up, half_even, down, to_jiao]


def test_nothing_below_zero_is_rounded() -> None:
    with pytest.raises(ValueError, match="never negative"):
        round_fen(Fraction(-1, 100), Rounding.HALF_UP)


@given(exact_amounts)
def test_policies_differ_by_a_fen_at_most_and_only_where_they_must(exact: Fraction) -> None:
    up, even, down = (round_fen(exact, each) for each in (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.DOWN))
    assert down <= even <= up <= down + 1
    if (exact - down) != Fraction(1, 2):
        assert up == even


@given(exact_amounts)
def test_whole_amounts_stay_and_jiao_are_whole(exact: Fraction) -> None:
    assert round_fen(exact, Rounding.TO_JIAO) % 10 == 0
    whole = Fraction(int(exact))
    assert all(round_fen(whole, each) == whole for each in (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.DOWN))
