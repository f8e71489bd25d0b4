"""Passing dues up: all of a month, once, by two persons, never more than came in (BOOK-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.errors import Conflict, Forbidden, NotFound
from services.contracts.values import YearMonth
from services.dues.domain import remittance as rules
from tests.integration.dues.books_kit import BOSS, COMMITTEE, LI, SECRETARY, WANG, Office
from tests.integration.dues.county import County, holder, ident, person

SECRETARY_2 = holder("secretary of b2", Role.BRANCH_ADMIN, "b2")


@pytest.fixture
def office(county: County) -> Office:
    """September brought 40 to b1, 20 to b2 and 20 to b3. It is October."""
    made = Office(county)
    made.till.pay(LI, 60, ("li", "2026-08"), ("li", "2026-09"), ("mei", "2026-08"))
    made.till.pay(WANG, 20, ("wang", "2026-08"))
    made.fold()
    county.it_is("2026-10-05")
    return made


def made(office: Office, caller: Any, org: str, month: str = "2026-09") -> Any:
    return office.ask("make_remittance", caller, org_id=ident(org), month=month)


def refused(office: Office, caller: Any, org: str, month: str = "2026-09") -> str:
    with pytest.raises(e.RemittanceRefused) as refusal:
        made(office, caller, org, month)
    return str(refusal.value.detail["reason"])


def arrived(office: Office, caller: Any, slip: Any) -> Any:
    return office.ask("confirm_remittance", caller, id=slip["id"])


def test_a_branch_passes_up_all_that_a_month_brought_and_the_upper_level_confirms(office: Office) -> None:
    slip = made(office, SECRETARY, "b1")
    assert (slip["amount_fen"], slip["online_fen"], slip["cash_fen"], slip["state"]) == (40, 40, 0, "made")
    assert (slip["number"], slip["to_name"], slip["made_by_me"]) == ("上缴 B1〔2026〕000001号", "组织t1", True)
    assert "remittance" not in office.till.balances(), "nothing is booked before it has arrived"
    done = arrived(office, COMMITTEE, slip)
    assert (done["state"], done["made_by_me"]) == ("arrived", False)
    balances = office.till.balances()
    assert (balances["remittance"], balances["remittance_received"], balances["branch_dues_income"]) == (40, -40, -80)
    actions = office.sql("SELECT action FROM audit WHERE object_kind = 'remittance' ORDER BY entry_id")
    assert actions == [("dues.remittance_made",), ("dues.remittance_confirmed",)]


def test_the_committee_waits_for_all_its_branches_and_then_passes_up_their_sum(office: Office) -> None:
    arrived(office, COMMITTEE, made(office, SECRETARY, "b1"))
    assert refused(office, COMMITTEE, "t1") == "lower_not_arrived"
    arrived(office, COMMITTEE, made(office, SECRETARY_2, "b2"))
    slip = made(office, COMMITTEE, "t1")
    assert (slip["amount_fen"], slip["to_name"]) == (60, "组织county")
    arrived(office, BOSS, slip)
    assert refused(office, BOSS, "county") == "no_upper_level"
    figures = office.ask("get_remittance_figures", BOSS, org_id=ident("county"), year=2026)
    assert (figures["income_fen"], figures["received_fen"], figures["passed_up_fen"]) == (80, 60, 0)
    assert (figures["county_share"], figures["city_to_province_fen"], figures["province_to_centre_fen"]) == (
        None,
        16,
        4,
    )


def test_who_made_a_slip_does_not_confirm_it(office: Office) -> None:
    slip = made(office, COMMITTEE, "b1")
    with pytest.raises(e.RemittanceSamePerson):
        arrived(office, COMMITTEE, slip)
    statement = "UPDATE remittance SET state = 'arrived', arrived_by = made_by, arrived_at = made_at, posting_id = {}"
    with pytest.raises(sa.exc.IntegrityError, match="remittance_two_persons"):
        office.sql(statement.format("(SELECT posting_id FROM posting LIMIT 1)"))
    assert arrived(office, BOSS, slip)["state"] == "arrived"


def test_a_slip_is_confirmed_once_and_never_changed(office: Office) -> None:
    slip = made(office, SECRETARY, "b1")
    arrived(office, COMMITTEE, slip)
    with pytest.raises(Conflict):
        arrived(office, BOSS, slip)
    for statement in ("UPDATE remittance SET amount_fen = 1", "DELETE FROM remittance"):
        with pytest.raises(sa.exc.DBAPIError, match="never changed"):
            office.sql(statement)


def test_a_month_is_passed_up_once_however_many_ask(office: Office) -> None:
    def ask(_: int) -> str:
        try:
            return str(made(office, SECRETARY, "b1")["state"])
        except e.RemittanceRefused as refusal:
            return str(refusal.detail["reason"])

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = sorted(pool.map(ask, range(8)))
    assert outcomes == ["already_made"] * 7 + ["made"]
    assert office.sql("SELECT running_number FROM remittance") == [(1,)]
    assert office.sql("SELECT last_number FROM remittance_counter") == [(1,)], "a refusal gives its number back"


def test_more_than_came_in_is_refused_by_the_database_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the rule: with the rule away the database says no; with that away too, the account shows it."""
    monkeypatch.setattr(rules, "amount_to_pass_up", lambda *_: 41)
    with pytest.raises(sa.exc.IntegrityError, match="more than came in"):
        made(office, SECRETARY, "b1")
    office.sql("ALTER TABLE remittance DISABLE TRIGGER remittance_within_income")
    arrived(office, COMMITTEE, made(office, SECRETARY, "b1"))
    passed = office.sql("SELECT sum(amount_fen)::int FROM posting WHERE debit_kind = 'remittance'")[0][0]
    came_in = office.sql("SELECT sum(amount_fen)::int FROM posting WHERE credit_owner = :b1", b1=ident("b1"))[0][0]
    assert passed > came_in


def test_cash_in_hand_is_deposited_first(office: Office) -> None:
    office.sql(
        "INSERT INTO posting SELECT gen_random_uuid(), 'yanting', 'cash_in', 'cash', :b1, 'branch_dues_income', :b1, 7, "
        "NULL, NULL, :li, 202609, 202609, NULL, now()",
        b1=ident("b1"),
        li=ident("li"),
    )
    assert refused(office, SECRETARY, "b1") == "cash_not_deposited"
    office.sql(
        "INSERT INTO posting SELECT gen_random_uuid(), 'yanting', 'deposited', 'suspense', :county, 'cash', :b1, 7, "
        "NULL, NULL, NULL, NULL, 202610, NULL, now()",
        b1=ident("b1"),
        county=ident("county"),
    )
    slip = made(office, SECRETARY, "b1")
    assert (slip["amount_fen"], slip["cash_fen"], slip["online_fen"]) == (47, 7, 40)
    office.fold()
    assert office.sql("SELECT channel FROM collection_total WHERE amount_fen = 7") == [("cash",)]


def test_months_go_up_in_their_order_and_only_when_they_have_ended(office: Office) -> None:
    assert refused(office, SECRETARY, "b1", "2026-10") == "month_not_ended"
    assert refused(office, SECRETARY, "b1", "2026-08") == "nothing_to_remit"
    office.till.pay(LI, 20, ("mei", "2026-09"))
    office.county.it_is("2026-11-05")
    third = holder("secretary of b3", Role.BRANCH_ADMIN, "b3")
    assert refused(office, third, "b3", "2026-10") == "earlier_month_open"
    assert made(office, third, "b3", "2026-09")["amount_fen"] == 20
    assert made(office, third, "b3", "2026-10")["number"].endswith("000002号")


def test_money_that_went_back_within_its_month_holds_nobody_up(office: Office) -> None:
    """Nothing is left to pass up, so neither the branch's next month nor its committee waits for a slip that can't be."""
    office.sql(
        "INSERT INTO posting SELECT gen_random_uuid(), county_id, 'reversal', credit_kind, credit_owner, debit_kind, "
        "debit_owner, amount_fen, order_id, line_no, member_id, month, booked_month, posting_id, booked_at "
        "FROM posting WHERE member_id = :wang",
        wang=ident("wang"),
    )
    assert refused(office, SECRETARY_2, "b2") == "nothing_to_remit"
    arrived(office, COMMITTEE, made(office, SECRETARY, "b1"))
    assert made(office, COMMITTEE, "t1")["amount_fen"] == 40


def test_a_reversal_after_its_month_lowers_the_next_slip() -> None:
    standing = rules.Standing(income_fen=130, received_fen=0, passed_fen=100)
    assert rules.amount_to_pass_up(YearMonth(2026, 10), standing) == 30


def test_slips_are_seen_along_the_tree(office: Office) -> None:
    slip = made(office, SECRETARY, "b1")
    for caller, org in ((SECRETARY, "b1"), (COMMITTEE, "t1"), (BOSS, "county")):
        page = office.ask("list_remittances", caller, org_id=ident(org), waiting=True)
        assert [one["id"] for one in page["items"]] == [slip["id"]]
    assert office.ask("list_remittances", BOSS, org_id=ident("t2"))["items"] == []
    with pytest.raises(NotFound):
        made(office, SECRETARY_2, "b1")
    with pytest.raises(NotFound):
        arrived(office, holder("far", Role.COMMITTEE_ADMIN, "t2"), slip)
    with pytest.raises(Forbidden):
        arrived(office, SECRETARY, slip)
    with pytest.raises(Forbidden):
        made(office, LI, "b1")


def test_a_slip_s_paper_names_both_levels_both_persons_and_the_shares_of_its_month(office: Office) -> None:
    office.county.roster(person("secretary", shown="郑守田"), person("committee", "b2", shown="冯镇山"))
    slip = made(office, SECRETARY, "b1")
    paper = office.ask("get_remittance_slip", SECRETARY, id=slip["id"])
    assert (paper["from_level"], paper["to_level"], paper["amount_capitals"]) == (
        "branch",
        "township_committee",
        "人民币肆角整",
    )
    assert (paper["made_by_name"], paper["arrived_by_name"], paper["county_share"]) == ("郑守田", "", None)
    arrived(office, COMMITTEE, slip)
    paper = office.ask("get_remittance_slip", COMMITTEE, id=slip["id"])
    assert (paper["arrived_by_name"], paper["slip"]["state"]) == ("冯镇山", "arrived")
    assert (paper["city_to_province_share"], paper["province_to_centre_share"]) == (2_000, 500)
    with pytest.raises(NotFound):
        office.ask("get_remittance_slip", SECRETARY_2, id=slip["id"])
    with pytest.raises(NotFound):
        office.ask("get_remittance_slip", holder("far", Role.FINANCE, "t2"), id=slip["id"])
