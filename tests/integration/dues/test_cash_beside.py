"""Cash and extras beside everything else that looks at money: refunds, reports, totals, what is passed up, arrears, day bills."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.dues import errors as e
from services.dues.reconciliation import matching
from tests.integration.dues import books_kit, return_desk
from tests.integration.dues.bill_day import BillDay, file_of
from tests.integration.dues.books_kit import Office
from tests.integration.dues.cashdesk import CashDesk
from tests.integration.dues.county import County, ident, member, person
from tests.integration.dues.debtors import Debtors
from tests.integration.dues.offices import AUGUST, SEPTEMBER, delay, populate, report
from tests.integration.dues.refund_till import RefundTill
from tests.load.bills import Row

LI, WANG = member("li"), member("wang")
TODAY, TOMORROW = date(2026, 9, 15), "2026-09-16T10:30:00+08:00"


def desk_in(county: County) -> CashDesk:
    """Whoever takes and confirms is on the roster, and owes nothing: the months were opened before."""
    county.roster(
        *(person(name, shown=f"同志{name}") for name in ("secretary", "second", "township", "finance")),
    )
    return CashDesk(county)


def with_extra(till: RefundTill, extra_fen: int, *months: str) -> Any:
    lines = [{"member_id": ident("li"), "month": month} for month in months]
    order = till.ask(
        "place_order", LI, lines=lines, expected_total_fen=20 * len(months) + extra_fen, extra_fen=extra_fen
    )
    till.prepare(LI, order)
    till.provider.payer_pays(order["number"])
    assert till.notify(till.paid_notice(order)) == "settled"
    return till.ask("get_order", LI, id=order["id"])


def why(refusal: pytest.ExceptionInfo[Any]) -> str:
    return str(refusal.value.detail["reason"])


@pytest.fixture
def till(county: County) -> RefundTill:
    populate(county)
    return RefundTill(county)


# Refunds


def test_an_extra_stays_given_when_months_go_back_and_stands_on_the_new_receipt(till: RefundTill) -> None:
    order = with_extra(till, 500, AUGUST, SEPTEMBER)
    till.refund(LI, order, ("li", AUGUST))
    receipts = till.county.sql("SELECT void, amount_fen, extra_fen FROM receipt ORDER BY running_number")
    assert receipts == [(True, 540, 500), (False, 520, 500)]
    assert till.balances()["voluntary_extra"] == -500
    assert till.broken() == {}


def test_an_extra_is_never_left_without_a_month_of_its_giver(till: RefundTill) -> None:
    order = with_extra(till, 500, AUGUST, SEPTEMBER)
    with pytest.raises(e.RefundNotPossible) as refusal:
        till.ask_back(LI, order, ("li", AUGUST), ("li", SEPTEMBER))
    assert why(refusal) == "extra_without_own_month"
    till.ask_back(LI, order, ("li", AUGUST))
    with pytest.raises(e.RefundNotPossible) as refusal:
        till.ask_back(LI, order, ("li", SEPTEMBER))
    assert why(refusal) == "extra_without_own_month", "the other month is asked for already"


# Totals, and what is passed up


def test_cash_is_counted_as_cash_and_an_extra_not_as_dues(county: County) -> None:
    office, desk = Office(county), desk_in(county)
    desk.confirm(desk.take(520, ("li", AUGUST), extras={"li": 500}))
    office.till.pay(WANG, 20, ("wang", AUGUST))
    office.fold()
    kept = office.sql("SELECT channel, payments, amount_fen FROM collection_total ORDER BY channel")
    assert kept == [("cash", 1, 20), ("wechat", 1, 20)]
    assert office.compare() == 0
    asked = {"org_id": ident("county"), "month": AUGUST}
    told = office.ask("get_collection", books_kit.BOSS, **asked)
    assert (told["whole"]["paid_fen"], told["whole"]["received_fen"]) == (40, 40)
    assert {way["channel"]: way["amount_fen"] for way in told["by_way"]} == {"cash": 20, "wechat": 20}


def test_a_branch_with_cash_in_hand_passes_nothing_up_until_the_bank_has_it(county: County) -> None:
    office, desk = Office(county), desk_in(county)
    desk.confirm(desk.take(40, ("li", AUGUST), ("li", SEPTEMBER)))
    deposit = desk.hand_in(40)
    county.it_is("2026-10-05")
    asked = {"org_id": ident("b1"), "month": SEPTEMBER}
    with pytest.raises(e.RemittanceRefused) as refusal:
        office.ask("make_remittance", books_kit.SECRETARY, **asked)
    assert why(refusal) == "cash_not_deposited", "handed in is not found on the statement"
    desk.match(deposit, 40)
    slip = office.ask("make_remittance", books_kit.SECRETARY, **asked)
    assert (slip["amount_fen"], slip["cash_fen"], slip["online_fen"]) == (40, 40, 0)


# Months and arrears


def test_confirmed_cash_counts_as_paid_in_a_branch_s_report_and_cash_that_waits_does_not(
    till: RefundTill, county: County
) -> None:
    desk = desk_in(county)
    delay(county, "wang")
    taken = desk.take(20, ("li", AUGUST))
    with pytest.raises(e.MonthReportRefused) as refusal:
        report(county, "b1")
    assert [one["name"] for one in refusal.value.detail["people"]] == ["li"]
    desk.confirm(taken)
    numbers = report(county, "b1")["numbers"]
    assert (numbers["paid_fen"], numbers["delayed_fen"]) == (20, 20)
    assert till.broken() == {}


def test_a_reported_month_still_takes_cash_into_the_running_month(till: RefundTill, county: County) -> None:
    desk = desk_in(county)
    till.pay(LI, 20, ("li", AUGUST))
    delay(county, "wang")
    report(county, "b1")
    desk.confirm(desk.take(20, ("wang", AUGUST)))
    assert county.sql("SELECT month, booked_month FROM posting WHERE debit_kind = 'cash'") == [(202608, 202609)]
    assert till.broken() == {}


def test_confirmed_cash_takes_its_member_off_the_ladder(county: County) -> None:
    debtors = Debtors(county)
    debtors.owing("li")
    debtors.open(AUGUST, SEPTEMBER)
    desk = desk_in(county)
    debtors.keep()
    assert debtors.rung("li") is not None
    taken = desk.take(20, ("li", AUGUST))
    debtors.keep()
    assert debtors.rung("li") is not None, "nothing is paid before the second person"
    desk.confirm(taken)
    debtors.keep()
    assert debtors.rung("li") is None


# Day bills


@pytest.fixture
def day(county: County, tmp_path: Path) -> Iterator[BillDay]:
    made = BillDay(county, tmp_path)
    yield made
    made.close()


def bill_of(county: County) -> bytes:
    paid = county.sql("SELECT transaction_id, number, amount_fen FROM provider_payment JOIN orders USING (order_id)")
    return file_of(*(Row("2026-09-15 10:30:00", *each) for each in paid))


def test_a_day_bill_knows_no_cash_and_agrees_with_an_extra(day: BillDay, county: County) -> None:
    populate(county)
    till, desk = RefundTill(county), desk_in(county)
    desk.confirm(desk.take(520, ("wang", AUGUST), extras={"wang": 500}))
    with_extra(till, 500, AUGUST)
    day.at(TOMORROW)
    day.brought(bill_of(county), TODAY)
    told = day.day(TODAY)
    assert day.differences() == []
    assert (told["state"], told["ledger_payments"], told["ledger_payment_fen"]) == ("agreed", 1, 520)


def hand_back(county: County) -> None:
    desk = return_desk.populate(county, "li")
    refund_id = desk.approve("li", desk.pay_cash("li", AUGUST), AUGUST)
    desk.record(refund_id)
    desk.confirm(refund_id)


def test_a_day_bill_misses_no_cash_that_went_back(day: BillDay, county: County) -> None:
    hand_back(county)
    day.at(TOMORROW)
    day.brought(bill_of(county), TODAY)
    assert day.differences() == []


def test_a_day_bill_that_took_cash_for_the_provider_s_would_miss_it(
    day: BillDay, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = matching._ONLY_IN_LEDGER.text.replace("back.channel <> 'cash' AND ", "")
    monkeypatch.setattr(matching, "_ONLY_IN_LEDGER", sa.text(loose))
    hand_back(county)
    day.at(TOMORROW)
    day.brought(bill_of(county), TODAY)
    assert {kind for kind, _ in day.found()} == {"refund_only_in_ledger"}


def test_a_day_bill_that_forgot_extras_would_find_a_payment_not_booked(
    day: BillDay, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_BOOKED", matching._BOOKED.replace("'extra_paid'", "'nothing'"))
    populate(county)
    with_extra(RefundTill(county), 500, AUGUST)
    day.at(TOMORROW)
    day.brought(bill_of(county), TODAY)
    assert {kind for kind, _ in day.found()} == {"payment_not_booked"}
