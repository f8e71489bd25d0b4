"""Cash reaches the bank account when another person has found it on the statement, never more than there is (BOOK-3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Caller, Grant, Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, NotFound
from services.contracts.values import OrgPath
from services.dues.domain import cash as rules
from tests.integration.dues.cashdesk import FINANCE, SECOND, SECRETARY, TOWNSHIP, CashDesk
from tests.integration.dues.county import County, holder, ident, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")


@pytest.fixture
def desk(county: County) -> CashDesk:
    """Branch b1 holds 0.40 yuan since today."""
    county.roster(
        person("li", shown="李大山"),
        person("wang", shown="王二"),
        *(person(name, shown=f"管理员{name}") for name in ("secretary", "second", "township", "finance")),
    )
    for month in ("2026-08", "2026-09"):
        county.ask("open_month", BOSS, month=month)
    desk = CashDesk(county)
    desk.confirm(desk.take(40, ("li", "2026-08"), ("li", "2026-09")))
    return desk


@pytest.fixture
def till(desk: CashDesk) -> Till:
    return Till(desk.county)


def test_a_matched_deposit_moves_the_cash_to_the_county_s_account(desk: CashDesk, till: Till) -> None:
    deposit = desk.hand_in(40)
    assert (deposit["state"], desk.on_hand()) == ("handed_in", [(40, 40, 0)])
    assert till.balances() == {"cash": 40, "branch_dues_income": -40}
    assert desk.match(deposit, 40, "slip0001")["state"] == "confirmed"
    assert till.balances() == {"bank": 40, "branch_dues_income": -40}
    assert desk.on_hand() == []
    (owner,) = desk.county.sql("SELECT debit_owner::text FROM posting WHERE entry = 'cash_deposited'")
    assert owner == (ident("county"),)


@pytest.mark.parametrize(("fen", "slip"), [(39, "SLIP-0001"), (41, "SLIP-0001"), (40, "SLIP-0002")])
def test_what_differs_from_the_statement_books_nothing_and_waits_on_a_list(
    desk: CashDesk, till: Till, fen: int, slip: str
) -> None:
    deposit = desk.hand_in(40)
    assert desk.match(deposit, fen, slip)["state"] == "differs"
    assert till.balances() == {"cash": 40, "branch_dues_income": -40}
    (listed,) = desk.ask("list_cash_deposits", FINANCE, org_id=ident("county"), state="differs")["items"]
    assert (listed["statement_fen"], listed["amount_fen"]) == (fen, 40)
    assert desk.match(deposit, 40)["state"] == "confirmed"
    assert till.balances() == {"bank": 40, "branch_dues_income": -40}


def test_a_slip_entered_wrongly_is_withdrawn_and_entered_anew(desk: CashDesk) -> None:
    deposit = desk.hand_in(20)
    desk.match(deposit, 40)
    withdrawn = desk.ask("withdraw_cash_deposit", SECOND, id=deposit["id"], reason="写错了数")
    assert (withdrawn["state"], desk.on_hand()) == ("withdrawn", [(40, 0, 0)])
    assert desk.match(desk.hand_in(40), 40)["state"] == "confirmed"


def test_a_branch_hands_in_no_more_than_it_has(desk: CashDesk) -> None:
    with pytest.raises(e.CashNotEnough) as refused:
        desk.hand_in(41)
    assert refused.value.detail["available_fen"] == 40
    desk.hand_in(30)
    with pytest.raises(e.CashNotEnough) as again:
        desk.hand_in(11, "SLIP-0002")
    assert again.value.detail["available_fen"] == 10


def test_two_hand_ins_at_once_never_promise_the_same_cash(desk: CashDesk) -> None:
    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(desk.hand_in, 30, slip) for slip in ("SLIP-0001", "SLIP-0002")]
        outcomes = [one.exception() or one.result() for one in under_way]
    assert [isinstance(one, e.CashNotEnough) for one in outcomes].count(True) == 1, outcomes
    assert desk.on_hand() == [(40, 30, 0)]


def test_the_database_itself_holds_cash_above_zero(desk: CashDesk) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=r"cash_box_not_below_zero|cash_box_promise_in_hand"):
        desk.county.sql("UPDATE cash_box SET held_fen = -1")
    with pytest.raises(sa.exc.IntegrityError, match="cash_box_promise_in_hand"):
        desk.county.sql("UPDATE cash_box SET promised_fen = 41")


def test_one_slip_is_handed_in_once(desk: CashDesk) -> None:
    desk.hand_in(20)
    with pytest.raises(e.SlipUsed):
        desk.hand_in(20, "slip-0001")
    assert desk.on_hand() == [(40, 20, 0)]


@pytest.mark.parametrize("day", ["2026-09-16", "2025-09-13"])
def test_a_slip_s_day_is_credible(desk: CashDesk, day: str) -> None:
    with pytest.raises(e.CashRefused) as refused:
        desk.hand_in(20, day=day)
    assert refused.value.detail["reason"] == "date_not_credible"


def test_a_confirmed_deposit_is_neither_matched_again_nor_withdrawn(desk: CashDesk, till: Till) -> None:
    deposit = desk.hand_in(20)
    desk.match(deposit, 20)
    with pytest.raises(e.DepositDecided):
        desk.match(deposit, 20)
    with pytest.raises(e.DepositDecided):
        desk.ask("withdraw_cash_deposit", SECRETARY, id=deposit["id"], reason="再想想")
    assert till.balances() == {"bank": 20, "cash": 20, "branch_dues_income": -40}


BOTH = Caller(
    kind=SECRETARY.kind,
    county_id=SECRETARY.county_id,
    account_id=SECRETARY.account_id,
    member_id=SECRETARY.member_id,
    session_id=SECRETARY.session_id,
    grants=(
        *SECRETARY.grants,
        Grant(role=Role.FINANCE, org_id=ident("county"), path=OrgPath("yt")),
    ),
)
"""Whoever handed the cash in, in a finance office as well."""


def test_whoever_handed_it_in_does_not_match_it(desk: CashDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    deposit = desk.hand_in(20)
    with pytest.raises(e.SamePerson):
        desk.match(deposit, 20, by=BOTH)
    monkeypatch.setattr(rules, "match_deposit", lambda *_: rules.DepositState.CONFIRMED)
    with pytest.raises(sa.exc.IntegrityError, match="cash_deposit_two_persons"):
        desk.match(deposit, 20, by=BOTH)


def test_without_the_comparison_the_database_still_wants_the_statement_to_agree(
    desk: CashDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = desk.hand_in(20)
    monkeypatch.setattr(rules, "match_deposit", lambda *_: rules.DepositState.CONFIRMED)
    with pytest.raises(sa.exc.IntegrityError, match="cash_deposit_confirmed_as_stated"):
        desk.match(deposit, 21)


@pytest.mark.parametrize(
    ("stranger", "refusal"),
    [(SECOND, Forbidden), (TOWNSHIP, Forbidden), (holder("t2 money", Role.FINANCE, "t2"), NotFound)],
)
def test_finance_over_the_branch_alone_matches(desk: CashDesk, stranger: Any, refusal: type[Exception]) -> None:
    deposit = desk.hand_in(20)
    with pytest.raises(refusal):
        desk.match(deposit, 20, by=stranger)


def test_cash_in_hand_ages_from_the_oldest_that_no_deposit_covers(desk: CashDesk) -> None:
    desk.county.it_is("2026-09-20")
    desk.confirm(desk.take(20, ("wang", "2026-08")))
    desk.county.it_is("2026-09-25")
    assert desk.on_hand() == [(60, 0, 10)]
    desk.match(desk.hand_in(40), 40)
    assert desk.on_hand() == [(20, 0, 5)]
    assert desk.on_hand("t2") == []
