"""An amount under a relief: worked cases, and what holds of any (DUE-11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import YearMonth
from services.dues.domain.relief import Relief, ReliefKind, Relieved, months_of, period_problem, relieve

JULY, AUGUST, SEPTEMBER, OCTOBER = (YearMonth(2026, month) for month in (7, 8, 9, 10))
NIL = Relief("r", ReliefKind.NIL, 0, AUGUST, SEPTEMBER)
REDUCED = Relief("r", ReliefKind.REDUCED, 300, AUGUST, SEPTEMBER)
FEN = st.integers(0, 200_000)


@pytest.mark.parametrize(
    ("month", "full_fen", "relief", "paid_fen", "expected"),
    [
        (JULY, 1_000, NIL, 0, Relieved(1_000)),
        (OCTOBER, 1_000, NIL, 0, Relieved(1_000)),
        (AUGUST, 1_000, NIL, 0, Relieved(0, "r", 1_000)),
        (SEPTEMBER, 1_000, REDUCED, 0, Relieved(300, "r", 1_000)),
        (SEPTEMBER, 200, REDUCED, 0, Relieved(200, "r", 200)),
        (SEPTEMBER, 1_000, REDUCED, 400, Relieved(400, "r", 1_000, 100)),
        (SEPTEMBER, 1_000, REDUCED, 1_000, Relieved(1_000, "r", 1_000, 700)),
        (SEPTEMBER, None, REDUCED, 0, Relieved(None)),
        (SEPTEMBER, None, NIL, 0, Relieved(0, "r")),
    ],
)
def test_worked_cases(
    month: YearMonth, full_fen: int | None, relief: Relief, paid_fen: int, expected: Relieved
) -> None:
    assert relieve(month, full_fen, [relief], paid_fen=paid_fen) == expected


@given(full_fen=FEN, monthly_fen=FEN, share=st.integers(0, 100))
def test_never_above_the_full_amount_never_below_what_is_paid(full_fen: int, monthly_fen: int, share: int) -> None:
    paid_fen = full_fen * share // 100
    relief = Relief("r", ReliefKind.REDUCED, monthly_fen, AUGUST, SEPTEMBER)
    found = relieve(AUGUST, full_fen, [relief], paid_fen=paid_fen)
    assert found.amount_fen is not None
    assert paid_fen <= found.amount_fen <= full_fen
    assert found.amount_fen - found.overpaid_fen == min(full_fen, monthly_fen)


def test_a_period_has_both_its_ends() -> None:
    assert months_of(AUGUST, OCTOBER) == [AUGUST, SEPTEMBER, OCTOBER]


@pytest.mark.parametrize(
    ("since", "until", "problem"),
    [
        (SEPTEMBER, SEPTEMBER, None),
        (SEPTEMBER, YearMonth(2027, 8), None),
        (SEPTEMBER, YearMonth(2027, 9), "period_too_long"),
        (SEPTEMBER, AUGUST, "period_backwards"),
        (YearMonth(2025, 9), YearMonth(2025, 9), None),
        (YearMonth(2025, 8), YearMonth(2025, 9), "period_too_far_back"),
        (YearMonth(2027, 10), YearMonth(2027, 10), "period_too_far_ahead"),
    ],
)
def test_the_period_that_may_be_asked_for(since: YearMonth, until: YearMonth, problem: str | None) -> None:
    assert period_problem(since, until, SEPTEMBER) == problem
