"""Spending: only of what is held, by two persons, on a day that can be, booked between two accounts (BOOK-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgId
from services.dues.domain.ledger import (
    AccountKind,
    BreachKind,
    StoredPosting,
    balances,
    find_breaches,
    reverse_postings,
    trial_balance_fen,
)
from services.dues.domain.refusal import Refusal
from services.dues.domain.spending import (
    MAX_AGE,
    Holding,
    SpendingState,
    answer,
    check_amount,
    check_days,
    check_keeps,
    spend,
)

TODAY = date(2026, 10, 15)
COMMITTEE, COUNTY = OrgId("committee"), OrgId("county")
FEN = st.integers(0, 10**9)
RECORDED, APPROVED, REFUSED, REVERSED = SpendingState


def code_of(refusal: object) -> str:
    assert isinstance(refusal, Refusal)
    return refusal.code


@given(FEN, FEN, FEN, st.integers(1, 10**9))
def test_never_more_than_is_held_without_what_is_others(held: int, aside: int, back: int, amount: int) -> None:
    holding = Holding(held, aside, back)
    if check_amount(amount, holding) is None:
        assert amount + aside + back <= held
    else:
        assert amount > holding.available_fen >= 0


def test_the_last_fen_may_be_spent_and_no_more() -> None:
    assert check_amount(70, Holding(100, 20, 10)) is None
    refusal = check_amount(71, Holding(100, 20, 10))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.detail) == ("dues.more_than_held", {"available_fen": 70})


def test_what_went_back_beneath_is_there_no_more_and_nothing_is_less_than_nothing() -> None:
    assert Holding(5, 0, 20).available_fen == 0


@pytest.mark.parametrize("kind", OrgKind)
def test_a_branch_and_what_is_beneath_it_keep_nothing(kind: OrgKind) -> None:
    found = check_keeps(kind.value)
    assert (found is None) is (kind not in {OrgKind.BRANCH, OrgKind.GROUP})


@pytest.mark.parametrize(
    ("spent_on", "decided_on", "code"),
    [
        (TODAY, TODAY, None),
        (TODAY - MAX_AGE, TODAY - timedelta(days=500), None),
        (TODAY + timedelta(days=1), TODAY, "dues.spent_in_future"),
        (TODAY - MAX_AGE - timedelta(days=1), TODAY, "dues.spent_too_long_ago"),
        (TODAY, TODAY + timedelta(days=1), "dues.decided_in_future"),
    ],
)
def test_the_days_of_an_entry_have_come_and_are_not_of_closed_books(
    spent_on: date, decided_on: date, code: str | None
) -> None:
    found = check_days(spent_on, decided_on, TODAY)
    assert (found.code if found else None) == code


@pytest.mark.parametrize("state", SpendingState)
@pytest.mark.parametrize("after", [APPROVED, REFUSED, REVERSED])
def test_an_entry_is_answered_once_and_reversed_once_by_another(state: SpendingState, after: SpendingState) -> None:
    allowed = {(RECORDED, APPROVED), (RECORDED, REFUSED), (APPROVED, REVERSED)}
    found = answer(state, "one", "another", after)
    if (state, after) in allowed:
        assert found is after
    else:
        assert code_of(found) == "dues.spending_decided"
    assert code_of(answer(state, "one", "one", after)) == "dues.spending_same_person"


def test_spending_moves_money_out_of_the_countys_account_and_balances() -> None:
    entry = spend(COMMITTEE, COUNTY, 120)
    assert {(one.kind, one.owner_id): fen for one, fen in balances([entry]).items()} == {
        (AccountKind.SPENDING, "committee"): 120,
        (AccountKind.PAID_OUT, "county"): 120,
    }
    assert trial_balance_fen([entry]) == 0
    assert find_breaches([StoredPosting("one", entry)]) == ()


def test_a_reversal_takes_it_back_once_and_a_second_one_is_found() -> None:
    stored = [StoredPosting("one", spend(COMMITTEE, COUNTY, 120))]
    mirrored = reverse_postings(stored, ["one"])
    assert not isinstance(mirrored, Refusal)
    stored.append(StoredPosting("two", mirrored[0]))
    assert set(balances(each.posting for each in stored).values()) == {0}
    assert find_breaches(stored) == ()
    assert code_of(reverse_postings(stored, ["one"])) == "dues.posting_already_reversed"
    twice = find_breaches([*stored, StoredPosting("three", mirrored[0])])
    assert BreachKind.ACCOUNT_BELOW_ZERO in {breach.kind for breach in twice}
