"""From a base to an amount: brackets, one rate on the whole base, rounding, monthly cap (DUE-1, DUE-2, DUE-8, DUE-14).

Does not know how the base came about. Exact until the one rounding at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from services.dues.domain.explanation import ExplanationLine, LineCode
from services.dues.domain.profile import Bracket, RuleProfile
from services.dues.domain.profile.model import BASIS_POINTS
from services.dues.domain.rounding import Rounding, round_fen


@dataclass(frozen=True, slots=True)
class RatedAmount:
    """What a base comes to: the rate, the exact fen, the whole fen owed, and what the cap left to free will."""

    rate_basis_points: int
    exact: Fraction
    amount_fen: int
    voluntary_remainder_fen: int
    lines: tuple[ExplanationLine, ...]


def bracket_of(brackets: tuple[Bracket, ...], base: Fraction) -> tuple[int, Bracket]:
    """The bracket that holds the base and the edge that the base lies above (DUE-1: upper edges belong below).

    The base is compared exactly: a third of a fen above an edge is above it.
    """
    above_fen = 0
    for bracket in brackets:
        if bracket.up_to_fen is None or base <= bracket.up_to_fen:
            return above_fen, bracket
        above_fen = bracket.up_to_fen
    raise AssertionError("a profile's last bracket has no upper edge")


def _rate_line(profile: RuleProfile, rule: str, above_fen: int, bracket: Bracket) -> ExplanationLine:
    params: list[tuple[str, int | str]] = [("above_fen", above_fen)]
    if bracket.up_to_fen is not None:
        params.append(("up_to_fen", bracket.up_to_fen))
    params.append(("rate_basis_points", bracket.rate_basis_points))
    return ExplanationLine(LineCode.RATE, rule, profile.article(rule), params=tuple(params))


def rate_amount(profile: RuleProfile, base: Fraction, *, retired: bool, rounding: Rounding) -> RatedAmount:
    """The due on a positive base in fen. ``retired`` takes the brackets of DUE-8 instead of those of DUE-1."""
    if base <= 0:
        raise ValueError("DUE-5: a base that is not positive has no rate")
    rule, brackets = ("DUE-8", profile.retired_brackets) if retired else ("DUE-1", profile.wage_brackets)
    above_fen, bracket = bracket_of(brackets, base)
    exact = base * bracket.rate_basis_points / BASIS_POINTS
    rounded_fen = round_fen(exact, rounding)
    lines = [
        _rate_line(profile, rule, above_fen, bracket),
        ExplanationLine(
            LineCode.WHOLE_BASE,
            "DUE-2",
            profile.article("DUE-2"),
            params=(("exact_numerator", exact.numerator), ("exact_denominator", exact.denominator)),
        ),
    ]
    if rounded_fen != exact:
        article, params = profile.article("DUE-15"), (("rounding", rounding.value),)
        lines.append(ExplanationLine(LineCode.ROUNDED, "DUE-15", article, amount_fen=rounded_fen, params=params))
    amount_fen = min(rounded_fen, profile.monthly_cap_fen)
    remainder_fen = rounded_fen - amount_fen
    if remainder_fen:
        params_capped = (("cap_fen", profile.monthly_cap_fen), ("voluntary_remainder_fen", remainder_fen))
        article = profile.article("DUE-14")
        lines.append(ExplanationLine(LineCode.CAPPED, "DUE-14", article, amount_fen=amount_fen, params=params_capped))
    return RatedAmount(bracket.rate_basis_points, exact, amount_fen, remainder_fen, tuple(lines))
