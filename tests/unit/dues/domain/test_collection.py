"""Rates and shares: whole numbers, half up, never more than the whole of what is there (BOOK-2, BOOK-5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dues.domain.collection import WHOLE, rate, share_fen

AMOUNTS = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("part", "whole", "basis_points"),
    [
        (0, 0, 0),
        (5, 0, 0),
        (1, 3, 3_333),
        (2, 3, 6_667),
        (13, 15, 8_667),
        (915, 1500, 6_100),
        (7, 7, WHOLE),
        (1, 20_000, 1),
    ],
)
def test_rates_are_rounded_half_up_and_nothing_owed_has_none(part: int, whole: int, basis_points: int) -> None:
    assert rate(part, whole) == basis_points


@given(AMOUNTS, AMOUNTS)
def test_a_part_is_never_more_than_its_whole(part: int, more: int) -> None:
    assert 0 <= rate(part, part + more) <= WHOLE


@pytest.mark.parametrize(
    ("amount_fen", "basis_points", "share"),
    [(80, 2_000, 16), (80, 500, 4), (105, 2_000, 21), (5, 1_000, 1), (4, 1_000, 0), (-50, 2_000, 0)],
)
def test_shares_of_the_years_dues(amount_fen: int, basis_points: int, share: int) -> None:
    assert share_fen(amount_fen, basis_points) == share


@given(AMOUNTS, st.integers(0, WHOLE))
def test_a_share_and_the_rest_are_the_whole(amount_fen: int, basis_points: int) -> None:
    one, rest = share_fen(amount_fen, basis_points), share_fen(amount_fen, WHOLE - basis_points)
    assert 0 <= one <= amount_fen
    assert amount_fen <= one + rest <= amount_fen + 1
