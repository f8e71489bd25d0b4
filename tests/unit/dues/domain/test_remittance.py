"""Passing up: all that came in, once, in the order of the months (BOOK-2)."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import OrgId, YearMonth
from services.dues.domain.ledger import AccountKind, StoredPosting, find_breaches
from services.dues.domain.refusal import Refusal
from services.dues.domain.remittance import Standing, amount_to_pass_up, remit

MONTH = YearMonth(2026, 9)
SOUND = Standing(income_fen=100, received_fen=50, passed_fen=30)
AMOUNTS = st.integers(0, 10**9)


def test_all_that_came_in_and_was_not_passed_up_goes_up() -> None:
    assert amount_to_pass_up(MONTH, SOUND) == 120


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"earlier_open": YearMonth(2026, 8)}, "dues.earlier_month_open"),
        ({"lower_open": 1}, "dues.lower_not_arrived"),
        ({"cash_in_hand_fen": 1}, "dues.cash_not_deposited"),
        ({"passed_fen": 150}, "dues.nothing_to_remit"),
        ({"income_fen": -70}, "dues.nothing_to_remit"),
    ],
)
def test_what_stands_in_the_way_is_named(changed: dict[str, object], code: str) -> None:
    refusal = amount_to_pass_up(MONTH, dataclasses.replace(SOUND, **changed))  # type: ignore[arg-type]
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_never_more_than_came_in(income_fen: int, received_fen: int, passed_fen: int, spent_fen: int) -> None:
    amount_fen = amount_to_pass_up(MONTH, Standing(income_fen, received_fen, passed_fen, spent_fen))
    if not isinstance(amount_fen, Refusal):
        assert amount_fen > 0
        assert passed_fen + spent_fen + amount_fen == income_fen + received_fen


def test_the_entry_moves_money_from_the_level_to_the_one_above() -> None:
    entry = remit(OrgId("branch"), OrgId("committee"), MONTH, 120)
    assert (entry.debit.kind, entry.debit.owner_id) == (AccountKind.REMITTANCE, "branch")
    assert (entry.credit.kind, entry.credit.owner_id) == (AccountKind.REMITTANCE_RECEIVED, "committee")
    assert find_breaches([StoredPosting("one", entry)]) == ()
