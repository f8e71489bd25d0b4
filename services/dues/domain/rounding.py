"""From exact fen to whole fen. The only place where dues are rounded; never twice on the way to one amount."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from math import floor

FEN_PER_JIAO = 10
_HALF = Fraction(1, 2)


class Rounding(StrEnum):
    """The rounding policies a rule profile may name. Half-up to the fen is the default of the rules."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    TO_JIAO = "to_jiao"  # half-up to whole jiao, where a county collects no fen


def round_fen(exact: Fraction, rounding: Rounding) -> int:
    """Whole fen from an exact, not negative amount in fen. ValueError below zero, where "half up" would be ambiguous."""
    if exact < 0:
        raise ValueError("dues are never negative")
    match rounding:
        case Rounding.HALF_UP:
            return floor(exact + _HALF)
        case Rounding.HALF_EVEN:
            return round(exact)  # a Fraction rounds halves to even, exactly
        case Rounding.DOWN:
            return floor(exact)
        case Rounding.TO_JIAO:
            return floor(exact / FEN_PER_JIAO + _HALF) * FEN_PER_JIAO
