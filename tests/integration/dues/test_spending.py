"""Spending of dues: in five classes, by two persons, never more than an organisation holds, all of it in the books (BOOK-4)."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.dues.messages import SpendingClass
from services.contracts.errors import Forbidden, InvalidMessage, NotFound
from services.contracts.values import YearMonth
from services.dues.domain.profile import DEFAULT_PROFILE, profile_to_data
from services.dues.domain.profile.model import Shares
from tests.integration.dues.books_kit import BOSS, COMMITTEE, LI, SECRETARY, WANG
from tests.integration.dues.county import County, holder, ident
from tests.integration.dues.spending_kit import CASHIER, OTHER_TOWN, TREASURER, SpendingOffice


@pytest.fixture
def office(county: County) -> SpendingOffice:
    return SpendingOffice(county)


def refused(office: SpendingOffice, **entry: Any) -> str:
    with pytest.raises(e.SpendingRefused) as refusal:
        office.record(1, **entry)
    return str(refusal.value.detail["reason"])


def test_an_entry_is_booked_when_another_person_approves_it(office: SpendingOffice) -> None:
    entry = office.record(25, spending_class="member_aid", payee="李大山", purpose="因病致困补助\n第一批")
    assert (entry["state"], entry["recorded_by"], entry["recorded_by_me"]) == ("recorded", "组织t1", True)
    assert "spending" not in office.till.balances()
    assert (office.box(), office.available()) == (60, 60), "an entry that waits holds nothing"
    done = office.approve(entry)
    assert (done["state"], done["booked_month"], done["recorded_by_me"]) == ("approved", "2026-10", False)
    assert (done["payee"], done["purpose"]) == ("李大山", "因病致困补助\n第一批")
    balances = office.till.balances()
    assert (balances["spending"], balances["paid_out"], sum(balances.values())) == (25, -25, 0)
    owners = office.sql("SELECT debit_owner::text, credit_owner::text FROM posting WHERE entry = 'spent'")
    assert owners == [(ident("t1"), ident("county"))]
    assert (office.box(), office.available()) == (35, 35)
    actions = office.sql("SELECT action FROM audit WHERE object_kind = 'spending' ORDER BY entry_id")
    assert actions == [("dues.spending_recorded",), ("dues.spending_approved",)]
    assert office.broken() == {}


def test_whom_it_went_to_and_what_for_is_sealed(office: SpendingOffice) -> None:
    office.record(25, spending_class="member_aid", payee="李大山", purpose="因病致困补助")
    ((row,),) = office.sql("SELECT to_jsonb(spending)::text FROM spending")
    assert "李大山" not in row
    assert "因病致困" not in row


def test_more_than_is_held_is_refused_when_entered_and_when_approved(office: SpendingOffice) -> None:
    with pytest.raises(e.SpendingExceedsHeld) as refusal:
        office.record(61)
    assert refusal.value.detail["available_fen"] == 60
    first, second = office.record(40), office.record(30)
    office.approve(first)
    with pytest.raises(e.SpendingExceedsHeld) as refusal:
        office.approve(second)
    assert refusal.value.detail["available_fen"] == 20
    assert office.sql("SELECT state FROM spending ORDER BY spending_id") == [("approved",), ("recorded",)]
    assert office.spend(20)["state"] == "approved"
    assert (office.box(), office.broken()) == (0, {})


def test_a_branch_keeps_nothing_and_spends_nothing(office: SpendingOffice) -> None:
    assert refused(office, by=COMMITTEE, org="b1") == "keeps_nothing"
    told = office.summary("b1", by=SECRETARY)
    assert (told["keeps_nothing"], told["available_fen"]) == (True, 0)
    with pytest.raises(Forbidden):
        office.record(1, by=SECRETARY, org="b1")


def test_what_has_not_arrived_is_not_there_to_be_spent(office: SpendingOffice) -> None:
    assert (office.available("t2"), office.available("county")) == (0, 0)
    with pytest.raises(e.SpendingExceedsHeld):
        office.record(1, by=OTHER_TOWN, org="t2")


def test_what_is_spent_is_not_passed_up_and_what_is_passed_up_is_not_spent(office: SpendingOffice) -> None:
    office.spend(25)
    assert office.pass_up(COMMITTEE, "t1", BOSS) == 35
    assert (office.available(), office.available("county")) == (0, 35)
    with pytest.raises(e.SpendingExceedsHeld):
        office.record(1)
    approved = office.approve(office.record(35, by=TREASURER, org="county"), by=BOSS)
    assert approved["state"] == "approved"
    assert (office.box(), office.box("county"), office.broken()) == (0, 0, {})


def test_a_committee_that_spent_all_has_nothing_to_pass_up_and_holds_nobody_up(office: SpendingOffice) -> None:
    office.spend(60)
    with pytest.raises(e.RemittanceRefused) as refusal:
        office.ask("make_remittance", COMMITTEE, org_id=ident("t1"), month="2026-09")
    assert refusal.value.detail["reason"] == "nothing_to_remit"


def test_a_reversal_brings_the_money_back_and_it_goes_up_with_the_month_in_which_it_does(
    office: SpendingOffice,
) -> None:
    entry = office.spend(25)
    assert office.pass_up(COMMITTEE, "t1", BOSS) == 35
    office.county.it_is("2026-11-05")
    done = office.reverse(entry, reason="发票重复报销")
    assert (done["state"], done["reason"], done["reversed_by"]) == ("reversed", "发票重复报销", "组织t1")
    assert office.available() == 25
    balances = office.till.balances()
    assert ("spending" in balances, "paid_out" in balances) == (False, False)
    booked = office.sql(
        "SELECT entry, booked_month FROM posting WHERE 'spending' IN (debit_kind, credit_kind) ORDER BY 2"
    )
    assert booked == [("spent", 202610), ("reversal", 202611)]
    office.county.it_is("2026-12-05")
    assert office.pass_up(COMMITTEE, "t1", BOSS, "2026-11") == 25
    assert (office.box("county"), office.broken()) == (60, {})


def test_whoever_recorded_an_entry_decides_nothing_about_it(
    office: SpendingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = office.record(25, by=COMMITTEE)
    for act in (office.approve, office.refuse, office.reverse):
        with pytest.raises(e.SpendingSamePerson):
            act(entry, by=COMMITTEE)
    approved = office.approve(entry, by=CASHIER)
    with pytest.raises(e.SpendingSamePerson):
        office.reverse(approved, by=COMMITTEE)
    monkeypatch.setattr("services.dues.domain.spending.answer", lambda *_: None)
    for act in (office.approve, office.refuse):
        with pytest.raises(sa.exc.IntegrityError, match="spending_two_persons"):
            act(office.record(5, by=COMMITTEE), by=COMMITTEE)
    with pytest.raises(sa.exc.IntegrityError, match="spending_two_persons"):
        office.reverse(approved, by=COMMITTEE)


def test_an_entry_is_decided_once(office: SpendingOffice) -> None:
    approved, other = office.spend(10), office.record(10)
    for act in (office.approve, office.refuse):
        with pytest.raises(e.SpendingDecided) as refusal:
            act(approved)
        assert refusal.value.detail["state"] == "approved"
    with pytest.raises(e.SpendingDecided):
        office.reverse(other)
    office.refuse(other)
    for act in (office.approve, office.refuse, office.reverse):
        with pytest.raises(e.SpendingDecided):
            act(other)
    office.reverse(approved)
    with pytest.raises(e.SpendingDecided):
        office.reverse(approved)
    assert (office.box(), office.broken()) == (60, {})


def test_an_approval_asked_for_twice_under_one_request_id_books_once(office: SpendingOffice) -> None:
    entry = office.record(10)
    request_id = "00000000-0000-4000-8000-0000000000aa"
    first = office.ask("approve_spending", COMMITTEE, request_id, id=entry["id"])
    assert office.ask("approve_spending", COMMITTEE, request_id, id=entry["id"]) == first
    assert office.box() == 50


@pytest.mark.parametrize("spending_class", SpendingClass)
def test_each_class_of_the_rule_may_be_entered(office: SpendingOffice, spending_class: SpendingClass) -> None:
    office.spend(7, spending_class=spending_class.value)
    told = {one["spending_class"]: (one["entries"], one["amount_fen"]) for one in office.summary()["by_class"]}
    assert told == dict.fromkeys(SpendingClass, (0, 0)) | {spending_class: (1, 7)}


def test_another_class_is_none(office: SpendingOffice) -> None:
    with pytest.raises(InvalidMessage):
        office.record(7, spending_class="banquet")
    office.record(7)
    office.sql("ALTER TABLE spending DISABLE TRIGGER spending_goes_forward")
    with pytest.raises(sa.exc.IntegrityError, match="spending_class_of_the_rule"):
        office.sql("UPDATE spending SET spending_class = 'banquet'")


@pytest.mark.parametrize("amount_fen", [0, -5])
def test_nothing_and_less_than_nothing_is_no_spending(office: SpendingOffice, amount_fen: int) -> None:
    with pytest.raises(InvalidMessage):
        office.record(amount_fen)


def test_days_ahead_and_days_of_closed_books_are_refused(office: SpendingOffice) -> None:
    assert refused(office, spent_on="2026-10-16") == "spent_in_future"
    assert refused(office, spent_on="2025-10-13") == "spent_too_long_ago"
    assert refused(office, decided_on="2026-10-16") == "decided_in_future"


def test_what_was_spent_in_an_earlier_month_is_booked_in_the_month_that_runs(office: SpendingOffice) -> None:
    """A settled month never changes; later money is booked in the open one (BOOK-1). So does the year."""
    office.sql("UPDATE dues_month SET state = 'settled' WHERE month = 202608")
    assert office.spend(10, spent_on="2026-08-20")["booked_month"] == "2026-10"
    waiting = office.record(10, spent_on="2026-10-15")
    office.county.it_is("2027-01-04")
    assert (waiting["year"], office.approve(waiting)["year"]) == (2026, 2027)
    assert (office.summary(year=2026)["spent_fen"], office.summary(year=2027)["spent_fen"]) == (10, 10)


def test_a_voucher_is_entered_once_a_year_unless_it_was_refused_or_reversed(office: SpendingOffice) -> None:
    first = office.record(10, voucher_number="记-7")
    with pytest.raises(e.VoucherUsed):
        office.record(10, voucher_number="记-7")
    office.record(10, voucher_number="记-7", spent_on="2025-12-30")
    office.refuse(first)
    second = office.spend(10, voucher_number="记-7")
    with pytest.raises(e.VoucherUsed):
        office.record(10, voucher_number="记-7")
    office.reverse(second)
    assert office.record(10, voucher_number="记-7")["state"] == "recorded"


def test_an_entry_never_changes_and_stays(office: SpendingOffice) -> None:
    office.spend(10)
    for statement in (
        "UPDATE spending SET amount_fen = 9",
        "UPDATE spending SET spending_class = 'commendation'",
        "UPDATE spending SET state = 'recorded', answered_by = NULL",
        "UPDATE spending SET reason = 'x', state = 'refused'",
        "DELETE FROM spending",
        "INSERT INTO spending SELECT gen_random_uuid(), (jsonb_populate_record(spending, '{}')).county_id FROM spending",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"never changed|begins as recorded|null value"):
            office.sql(statement)


def test_entries_are_listed_along_the_tree_by_year_class_and_state_page_by_page(office: SpendingOffice) -> None:
    entries = [office.spend(5, spending_class=one.value) for one in SpendingClass]
    waiting = office.record(5)
    newest_first = [one["id"] for one in [waiting, *reversed(entries)]]

    def listed(org: str = "county", **wanted: Any) -> list[str]:
        found, cursor = [], None
        while True:
            page = office.ask("list_spending", BOSS, org_id=ident(org), limit=2, cursor=cursor, **wanted)
            found += [one["id"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    assert listed() == listed("t1") == listed(year=2026) == newest_first
    assert listed("t2") == listed("b1") == listed(year=2025) == []
    assert listed(state="recorded") == [waiting["id"]]
    assert listed(spending_class="commendation") == [entries[2]["id"]]
    told = office.summary("county")
    assert (told["spent_fen"], told["waiting"], told["waiting_fen"]) == (25, 1, 5)


def test_out_of_reach_there_is_no_organisation_and_no_entry(office: SpendingOffice) -> None:
    entry = office.record(10)
    with pytest.raises(NotFound):
        office.record(1, by=OTHER_TOWN)
    for act in (office.approve, office.refuse, office.reverse):
        with pytest.raises(NotFound):
            act(entry, by=OTHER_TOWN)
        with pytest.raises(NotFound):
            act({"id": ident("nothing")}, by=BOSS)
        with pytest.raises(Forbidden):
            act(entry, by=SECRETARY)
        with pytest.raises(Forbidden):
            act(entry, by=LI)
    for method in ("list_spending", "get_spending_summary"):
        year = {"year": 2026}
        with pytest.raises(NotFound):
            office.ask(method, OTHER_TOWN, org_id=ident("t1"), **year)
        with pytest.raises(Forbidden):
            office.ask(method, LI, org_id=ident("t1"), **year)


def test_the_county_sets_the_citys_share_aside_where_its_profile_has_one(office: SpendingOffice) -> None:
    office.pass_up(COMMITTEE, "t1", BOSS)
    told = office.summary("county")
    assert (told["county_share"], told["set_aside_fen"], told["available_fen"]) == (None, 0, 60)
    own = dataclasses.replace(DEFAULT_PROFILE, code="own", valid_from=YearMonth(2026, 1), shares=Shares(county=2_500))
    office.sql(
        "INSERT INTO rule_profile SELECT 'yanting', 'own', 1, 202601, CAST(:body AS jsonb)",
        body=orjson.dumps(profile_to_data(own)).decode(),
    )
    told = office.summary("county")
    assert (told["county_share"], told["set_aside_fen"], told["available_fen"]) == (2_500, 15, 45)
    with pytest.raises(e.SpendingExceedsHeld):
        office.record(46, by=TREASURER, org="county")
    office.approve(office.record(45, by=TREASURER, org="county"), by=BOSS)
    assert (office.box("county"), office.available("county")) == (15, 0)


def test_what_a_branch_gave_back_after_it_had_passed_it_up_is_not_spent(office: SpendingOffice) -> None:
    office.sql(
        "INSERT INTO posting SELECT gen_random_uuid(), county_id, 'reversal', credit_kind, credit_owner, debit_kind, "
        "debit_owner, amount_fen, order_id, line_no, member_id, month, 202610, posting_id, booked_at "
        "FROM posting WHERE member_id = :wang",
        wang=ident("wang"),
    )
    told = office.summary()
    assert (told["held_fen"], told["given_back_fen"], told["available_fen"]) == (60, 20, 40)
    with pytest.raises(e.SpendingExceedsHeld):
        office.record(41)
    office.county.ask("open_month", BOSS, month="2026-10")
    office.till.pay(WANG, 20, ("wang", "2026-09"))
    assert office.available() == 60, "the branch has taken in again what it gave back"


def test_a_county_that_has_passed_up_before_begins_with_what_its_slips_left(office: SpendingOffice) -> None:
    def boxes() -> list[Any]:
        return office.sql("SELECT org_id, county_id, held_fen FROM spending_box ORDER BY org_id")

    for passed in (False, True):
        if passed:
            office.pass_up(COMMITTEE, "t1", BOSS)
        kept = boxes()
        office.sql("DELETE FROM spending_box")
        office.sql(import_module("services.dues.migrations.0012_spending").FIRST_BOXES)
        assert boxes() == kept != []


def test_the_yearly_notice_tells_what_was_used_by_class_and_never_for_whom(office: SpendingOffice) -> None:
    office.spend(20, spending_class="member_aid", payee="李大山", purpose="因病致困补助")
    office.reverse(office.spend(9, spending_class="commendation"))
    office.spend(5)
    used = [
        {"spending_class": "training", "entries": 1, "amount_fen": 5},
        {"spending_class": "member_aid", "entries": 1, "amount_fen": 20},
    ]
    for org, caller in (("t1", COMMITTEE), ("county", BOSS)):
        notice = office.ask("get_yearly_notice", caller, org_id=ident(org), year=2026)
        assert (notice["spending"], notice["spent_fen"]) == (used, 25)
        assert "李大山" not in str(notice)
    notice = office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2026)
    assert (notice["spending"], notice["spent_fen"]) == ([], 0)


def test_officers_are_named_to_those_who_look_after_them_alone(office: SpendingOffice) -> None:
    """An office is named to everybody who sees the entry, its holder is not (REG-8)."""
    approved = office.approve(office.record(5, by=TREASURER), by=BOSS)
    seen = office.ask("list_spending", holder("another", Role.FINANCE, "t1"), org_id=ident("t1"))["items"]
    assert (seen[0]["id"], seen[0]["answered_by"], seen[0]["answered_by_name"]) == (approved["id"], "组织county", "")
