"""The work list: who sees and resolves differences, what a second match does to them, how a payment is settled (BOOK-8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.contracts.caller import Caller, Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, NotFound
from services.dues.providers.payments import ProviderUnavailable
from tests.integration.dues.bill_day import BOSS, DAY, FINANCE, BillDay, bill, file_of
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.till import Till
from tests.load import bills
from tests.load.bills import Row

OTHER = holder("second", Role.FINANCE, "county")
TOWNSHIP = holder("township", Role.FINANCE, "t1")
AT = "2026-09-14 12:00:00"


@pytest.fixture
def day(county: County, tmp_path: Path) -> Iterator[BillDay]:
    made = BillDay(county, tmp_path)
    yield made
    made.close()


def unknown(amount_fen: int = 20) -> Row:
    return Row(AT, "x1", "unknown1", amount_fen)


def with_unknown(day: BillDay, amount_fen: int = 20) -> Any:
    """The day's one difference, after its bill was brought."""
    assert day.brought(file_of(*bills.rows(DAY, 10, bills.Planted()), unknown(amount_fen)))["state"] == "matched"
    (found,) = day.differences(kind="payment_of_unknown_order")
    return found


def resolve(day: BillDay, difference: Any, caller: Caller = FINANCE) -> Any:
    return day.ask("resolve_difference", caller, id=difference["id"], reason="other_business", words="食堂的收款")


def test_finance_resolves_a_difference_and_the_step_and_its_trace_stay(day: BillDay) -> None:
    day.ledger(10)
    found = with_unknown(day)
    told = resolve(day, found)
    assert (told["difference"]["state"], told["difference"]["reason"]) == ("resolved", "other_business")
    assert told["difference"]["resolved_by_me"]
    assert [step["step"] for step in told["steps"]] == ["resolved"]
    assert day.day()["state"] == "agreed"
    assert day.ask("list_reconciliations")["open"] == 0
    traces = day.county.sql("SELECT object_id FROM audit WHERE action = 'difference_resolved'")
    assert traces == [(found["id"],)]


def test_a_resolved_difference_is_not_resolved_again(day: BillDay) -> None:
    day.ledger(10)
    found = with_unknown(day)
    resolve(day, found)
    with pytest.raises(e.DifferenceNotOpen):
        resolve(day, found, OTHER)


def test_a_second_look_takes_it_up_again_and_keeps_what_was_said(day: BillDay) -> None:
    day.ledger(10)
    found = with_unknown(day)
    with pytest.raises(e.DifferenceNotResolved):
        day.ask("reopen_difference", OTHER, id=found["id"], words="再看一次")
    resolve(day, found)
    told = day.ask("reopen_difference", BOSS, id=found["id"], words="食堂不用这个商户号")
    assert (told["difference"]["state"], told["difference"]["reason"]) == ("open", None)
    assert [(step["step"], step["words"]) for step in told["steps"]] == [
        ("reopened", "食堂不用这个商户号"),
        ("resolved", "食堂的收款"),
    ]


def test_matching_once_more_doubles_nothing_and_leaves_what_was_resolved(day: BillDay) -> None:
    planted = bills.plant(2_000, 1)
    day.ledger(2_000, planted)
    day.brought(bill(2_000, planted))
    before = day.differences()
    resolve(day, before[0])
    day.brought(bill(2_000, planted))
    after = day.differences()
    assert {one["id"] for one in after} == {one["id"] for one in before}
    assert [one["id"] for one in after if one["state"] == "resolved"] == [before[0]["id"]]


def test_a_resolved_difference_that_says_something_else_now_is_open_again(day: BillDay) -> None:
    day.ledger(10)
    resolve(day, with_unknown(day))
    again = with_unknown(day, 30)
    assert (again["state"], again["bill_fen"], again["reason"]) == ("open", 30, None)


def test_what_a_later_bill_does_not_show_any_more_is_gone_and_comes_back_open(day: BillDay) -> None:
    day.ledger(10)
    found = with_unknown(day)
    day.brought(bill(10))
    (gone,) = day.differences()
    assert (gone["id"], gone["state"]) == (found["id"], "gone")
    assert day.day()["only_in_bill"] == 0
    assert with_unknown(day)["state"] == "open"


def test_who_has_his_office_over_a_part_of_the_county_finds_nothing(day: BillDay) -> None:
    day.ledger(10)
    found = with_unknown(day)
    for ask in (
        lambda: day.ask("list_reconciliations", TOWNSHIP),
        lambda: day.ask("list_differences", TOWNSHIP),
        lambda: day.ask("get_difference", TOWNSHIP, id=found["id"]),
        lambda: resolve(day, found, TOWNSHIP),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(Forbidden):
        resolve(day, found, BOSS)
    with pytest.raises(NotFound):
        day.ask("get_difference", id=ident("nothing"))


# A payment that only the bill knows


@pytest.fixture
def till(day: BillDay) -> Till:
    county = day.county
    county.roster(person("payer"))
    county.ask("open_month", BOSS, month="2026-09")
    till = Till(
        county, is_hot=False
    )  # at once, an owner's connection names no county, and row security would hide the lines
    day.asks(till.provider)
    return till


def paid_without_notice(till: Till, day: BillDay) -> tuple[Any, Row]:
    """Somebody paid, and no notice ever came; the order and the row of the bill that tells of it."""
    owed = till.county.sql("SELECT amount_fen FROM obligation WHERE member_id = :id", id=ident("payer"))[0][0]
    order = till.order(member("payer"), owed, ("payer", "2026-09"))
    till.prepare(member("payer"), order)
    day.at("2026-09-14T12:00:00+08:00")
    payment = till.provider.payer_pays(order["number"])
    day.at("2026-09-15T10:30:00+08:00")
    assert payment.transaction_id is not None
    return order, Row(AT, payment.transaction_id, order["number"], owed)


def settle(day: BillDay, difference: Any, caller: Caller = FINANCE) -> Any:
    return day.ask("settle_difference", caller, id=difference["id"])


def test_a_payment_only_in_the_bill_books_nothing_until_wechat_confirms_it(day: BillDay, till: Till) -> None:
    order, row = paid_without_notice(till, day)
    day.brought(file_of(row))
    (found,) = day.differences()
    assert (found["kind"], found["may_settle"], found["order_id"]) == ("payment_of_known_order", True, order["id"])
    assert till.balances() == {}
    told = settle(day, found)
    assert (told["difference"]["state"], told["steps"][0]["reason"]) == ("gone", "settled")
    assert till.ask("get_order", member("payer"), id=order["id"])["state"] == "succeeded"
    assert till.balances() == {"provider_clearing": row.amount_fen, "branch_dues_income": -row.amount_fen}
    day.brought(file_of(row))
    assert day.day()["state"] == "agreed"
    assert [one["transaction_id"] for one in day.ask("list_matched", day=DAY.isoformat())["items"]] == [
        row.transaction_id
    ]


def test_a_row_that_wechat_does_not_confirm_books_nothing(day: BillDay, till: Till) -> None:
    owed = till.county.sql("SELECT amount_fen FROM obligation WHERE member_id = :id", id=ident("payer"))[0][0]
    order = till.order(member("payer"), owed, ("payer", "2026-09"))
    till.prepare(member("payer"), order)
    day.brought(file_of(Row(AT, "4200made", order["number"], owed)))
    (found,) = day.differences()
    with pytest.raises(e.PaymentNotFound):
        settle(day, found)
    till.provider.fail("find_payment", ProviderUnavailable("timeout"))
    with pytest.raises(e.PaymentProviderUnavailable):
        settle(day, found)
    assert till.balances() == {}
    assert day.differences()[0]["state"] == "open"


def test_only_a_payment_for_our_own_order_can_be_asked_after(day: BillDay, till: Till) -> None:
    day.brought(file_of(unknown()))
    (found,) = day.differences()
    assert not found["may_settle"]
    with pytest.raises(e.DifferenceNotToSettle):
        settle(day, found)


def test_money_for_an_order_closed_meanwhile_is_promised_back(day: BillDay, till: Till) -> None:
    order, row = paid_without_notice(till, day)
    till.county.sql("UPDATE orders SET state = 'closed' WHERE order_id = :id", id=order["id"])
    day.brought(file_of(row))
    (found,) = day.differences()
    assert settle(day, found)["steps"][0]["reason"] == "late"
    assert till.county.sql("SELECT state, amount_fen FROM refund") == [("requested", row.amount_fen)]
