"""Cash that goes back: out of what there is, once, and by two persons (PAY-11, BOOK-3)."""

from __future__ import annotations

import pytest

from services.dues.domain import cash_return as rules
from services.dues.domain.cash_return import BranchCash, ReturnSource, ReturnState
from services.dues.domain.refusal import Refusal

WAITING, RECORDED, RETURNED = ReturnState.WAITING, ReturnState.RECORDED, ReturnState.RETURNED
CASH = BranchCash(held_fen=100, promised_fen=40, banked_fen=25)


def code_of(answer: Refusal | None) -> tuple[str, dict[str, int | str]] | None:
    return None if answer is None else (answer.code, answer.detail)


@pytest.mark.parametrize(
    ("source", "amount_fen", "expected"),
    [
        (ReturnSource.BOX, 60, None),
        (ReturnSource.BOX, 61, ("dues.box_too_low", {"available_fen": 60})),
        (ReturnSource.BANK, 25, None),
        (ReturnSource.BANK, 26, ("dues.not_banked", {"available_fen": 25})),
    ],
)
def test_no_more_is_recorded_than_box_or_account_has(
    source: ReturnSource, amount_fen: int, expected: tuple[str, dict[str, int | str]] | None
) -> None:
    assert code_of(rules.record(WAITING, source, amount_fen, CASH)) == expected


@pytest.mark.parametrize(("state", "code"), [(RECORDED, "dues.already_recorded"), (RETURNED, "dues.already_returned")])
def test_a_refund_is_recorded_once(state: ReturnState, code: str) -> None:
    assert code_of(rules.record(state, ReturnSource.BOX, 1, CASH)) == (code, {})


def test_whoever_recorded_it_never_confirms() -> None:
    assert rules.confirm(RECORDED, "one", "another") is None
    assert code_of(rules.confirm(RECORDED, "one", "one")) == ("dues.same_person", {})


@pytest.mark.parametrize(("state", "code"), [(WAITING, "dues.nothing_recorded"), (RETURNED, "dues.already_returned")])
def test_only_what_is_recorded_is_confirmed_or_struck_out(state: ReturnState, code: str) -> None:
    assert code_of(rules.confirm(state, None, "another")) == (code, {})
    assert code_of(rules.release(state)) == (code, {})
    assert rules.release(RECORDED) is None


def test_a_state_is_what_two_persons_have_said() -> None:
    told = [rules.state_of(recorded=one, confirmed=two) for one, two in ((False, False), (True, False), (True, True))]
    assert told == [WAITING, RECORDED, RETURNED]
