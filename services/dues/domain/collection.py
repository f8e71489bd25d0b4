"""Rates of a collection in basis points, rounded half up. Nothing owed has no rate and reads as nothing collected.

Integers in, integers out; owns no sums.
"""

from __future__ import annotations

WHOLE = 10_000


def rate(part: int, whole: int) -> int:
    """Hundredths of a percent that ``part`` is of ``whole``; 0 where there is no whole."""
    if whole <= 0:
        return 0
    doubled = 2 * part * WHOLE + whole
    return doubled // (2 * whole)


def share_fen(amount_fen: int, basis_points: int) -> int:
    """The share of an amount, half up to the fen; of what is below zero none (BOOK-2)."""
    return (2 * max(amount_fen, 0) * basis_points + WHOLE) // (2 * WHOLE)
