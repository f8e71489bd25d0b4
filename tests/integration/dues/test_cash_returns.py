"""Cash goes back by hand, out of the box or from the account, by two persons; nothing is booked before (PAY-11, BOOK-3)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, NotFound, ServiceError
from services.dues.domain import cash_return as rules
from services.dues.orders import refunds
from services.dues.providers.payments import RefundState, RefundStatus
from tests.integration.dues.cashdesk import SECOND, SECRETARY
from tests.integration.dues.county import County, holder, ident, member
from tests.integration.dues.refund_till import BOSS, CASHIER, FINANCE
from tests.integration.dues.return_desk import OTHER_BRANCH, TOWNSHIP, ReturnDesk, populate

LI, WANG = member("li"), member("wang")
AUGUST, SEPTEMBER = "2026-08", "2026-09"
PAID_IN_CASH = {"cash": 40, "branch_dues_income": -40}


@pytest.fixture
def desk(county: County) -> ReturnDesk:
    return populate(county, "li", "wang")


@pytest.fixture
def order(desk: ReturnDesk) -> Any:
    return desk.pay_cash("li", AUGUST, SEPTEMBER)


def months(desk: ReturnDesk, name: str = "li") -> dict[str, str]:
    return {one["month"]: one["state"] for one in desk.county.ask("get_my_dues", member(name))["months"]}


def reason_of(act: Any, *given: Any, **said: Any) -> str:
    with pytest.raises(e.CashReturnRefused) as refused:
        act(*given, **said)
    return str(refused.value.detail["reason"])


def test_cash_goes_back_out_of_the_box_and_the_rest_stays_paid(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    assert desk.balances() == PAID_IN_CASH, "nothing is booked before the money has gone back"
    assert months(desk) == {AUGUST: "paid", SEPTEMBER: "paid"}
    recorded = desk.record(refund_id)
    assert (recorded["state"], recorded["own"], recorded["recorded_by_name"]) == ("recorded", True, "管理员secretary")
    assert (desk.box(), desk.balances()) == ((40, 20, 0), PAID_IN_CASH)
    returned = desk.confirm(refund_id)
    assert (returned["state"], returned["confirmed_by_name"]) == ("returned", "管理员second")
    assert (desk.box(), desk.balances()) == ((20, 0, 0), {"cash": 20, "branch_dues_income": -20})
    assert months(desk) == {AUGUST: "paid", SEPTEMBER: "due"}
    assert desk.broken() == {}


def test_a_whole_order_goes_back_in_two_parts(desk: ReturnDesk, order: Any) -> None:
    first, second = desk.approve("li", order, AUGUST), desk.approve("li", order, SEPTEMBER, by=BOSS)
    assert desk.ask("get_order", LI, id=order["id"])["state"] == "succeeded", "until the cash is handed back"
    desk.record(second, voucher="领-02")
    desk.confirm(second)
    (left,) = [one for one in desk.ask("list_receipts", LI)["items"] if not one["void"]]
    assert [one["month"] for one in left["months"]] == [AUGUST], "what is not handed back yet stays on a receipt"
    assert left["collector_name"] == "管理员secretary"
    assert (desk.ask("get_order", LI, id=order["id"])["state"], desk.broken()) == ("succeeded", {})
    desk.record(first)
    desk.confirm(first)
    assert desk.ask("get_order", LI, id=order["id"])["state"] == "refunded"
    assert all(one["void"] for one in desk.ask("list_receipts", LI)["items"])
    assert (desk.balances(), desk.box(), desk.broken()) == ({}, (0, 0, 0), {})


def test_what_was_banked_is_transferred_from_the_county_s_account(desk: ReturnDesk, order: Any) -> None:
    desk.bank(40)
    refund_id = desk.approve("li", order, SEPTEMBER)
    assert reason_of(desk.record, refund_id) == "box_too_low"
    assert reason_of(desk.record, refund_id, "bank", by=SECRETARY) == "wrong_office"
    assert desk.record(refund_id, "bank", "回单0417")["source"] == "bank"
    assert desk.box() == (0, 0, 20), "set aside, so that nobody sends it twice"
    assert reason_of(desk.confirm, refund_id, SECOND) == "wrong_office"
    assert desk.confirm(refund_id, CASHIER)["state"] == "returned"
    assert desk.balances() == {"bank": 20, "branch_dues_income": -20}
    assert desk.broken() == {}


def test_neither_box_nor_account_gives_more_than_it_has(desk: ReturnDesk, order: Any) -> None:
    """Thirty of forty are on their way to the bank: the box lacks ten, and the account has nothing yet."""
    desk.cash.hand_in(30)
    refund_id = desk.approve("li", order, SEPTEMBER)
    with pytest.raises(e.CashReturnRefused) as refused:
        desk.record(refund_id)
    assert refused.value.detail == {"reason": "box_too_low", "available_fen": 10}
    with pytest.raises(e.CashReturnRefused) as refused:
        desk.record(refund_id, "bank")
    assert refused.value.detail == {"reason": "not_banked", "available_fen": 0}
    assert desk.box() == (40, 30, 0)


@pytest.mark.parametrize(("source", "broken"), [("box", "cash_box_promise_in_hand"), ("bank", "banked_not_below_zero")])
def test_without_the_rule_the_database_still_gives_no_more(
    desk: ReturnDesk, order: Any, monkeypatch: pytest.MonkeyPatch, source: str, broken: str
) -> None:
    desk.cash.hand_in(30)
    refund_id = desk.approve("li", order, SEPTEMBER)
    monkeypatch.setattr(rules, "record", lambda *_: None)
    with pytest.raises(sa.exc.IntegrityError, match=broken):
        desk.record(refund_id, source)


def test_cash_set_aside_is_not_brought_to_the_bank(desk: ReturnDesk, order: Any) -> None:
    desk.record(desk.approve("li", order, SEPTEMBER))
    with pytest.raises(e.CashNotEnough) as refused:
        desk.cash.hand_in(30)
    assert refused.value.detail["available_fen"] == 20


def test_whoever_recorded_it_does_not_confirm_it(desk: ReturnDesk, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    with pytest.raises(e.RefundNeedsAnother):
        desk.confirm(refund_id, SECRETARY)
    monkeypatch.setattr(rules, "confirm", lambda *_: None)
    with pytest.raises(sa.exc.IntegrityError, match="refund_hand_by_two"):
        desk.confirm(refund_id, SECRETARY)
    assert desk.balances() == PAID_IN_CASH
    monkeypatch.undo()
    assert desk.confirm(refund_id, TOWNSHIP)["state"] == "returned", "the committee may be the second person"


def test_nobody_hands_himself_his_own_money(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    himself = holder("li", Role.BRANCH_ADMIN, "b1")
    with pytest.raises(e.RefundNeedsAnother):
        desk.record(refund_id, by=himself)
    desk.record(refund_id)
    with pytest.raises(e.RefundNeedsAnother):
        desk.confirm(refund_id, himself)
    (listed,) = desk.returns("b1", himself)
    assert (listed["to_me"], listed["own"]) == (True, False)


def test_confirmed_again_nothing_more_happens(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    assert reason_of(desk.confirm, refund_id) == "nothing_recorded"
    desk.record(refund_id)
    assert reason_of(desk.record, refund_id, voucher="领-02", by=SECOND) == "already_recorded"
    request_id = new_id()
    assert desk.confirm(refund_id, SECOND, request_id) == desk.confirm(refund_id, SECOND, request_id)
    assert reason_of(desk.confirm, refund_id, TOWNSHIP) == "already_returned"
    assert reason_of(desk.release, refund_id) == "already_returned"
    assert reason_of(desk.record, refund_id, voucher="领-02") == "already_returned"
    assert desk.balances() == {"cash": 20, "branch_dues_income": -20}


def test_what_was_recorded_wrongly_is_struck_out_and_recorded_anew(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    assert reason_of(desk.release, refund_id) == "nothing_recorded"
    desk.record(refund_id)
    released = desk.release(refund_id, SECRETARY)
    assert (released["state"], released["voucher"], desk.box()) == ("waiting", "", (40, 0, 0))
    desk.record(refund_id)
    assert desk.release(refund_id, TOWNSHIP)["state"] == "waiting", "or another refuses it"
    desk.bank(40)
    desk.record(refund_id, "bank")
    assert reason_of(desk.release, refund_id, SECRETARY) == "wrong_office"
    desk.release(refund_id, FINANCE)
    assert (desk.box(), desk.broken()) == ((0, 0, 40), {})


def test_one_voucher_proves_one_refund(desk: ReturnDesk, order: Any) -> None:
    first, second = desk.approve("li", order, AUGUST), desk.approve("li", order, SEPTEMBER)
    desk.record(first)
    assert reason_of(desk.record, second) == "voucher_used"
    assert desk.box() == (40, 20, 0)
    with pytest.raises(sa.exc.IntegrityError, match="refund_voucher_once"):
        desk.county.sql(
            "UPDATE refund SET hand_voucher = '领-01', hand_source = 'box', hand_words = '', hand_at = now(), "
            "hand_by_account = gen_random_uuid() WHERE hand_voucher IS NULL"
        )


@pytest.mark.parametrize(
    ("stranger", "refusal"),
    [(LI, Forbidden), (OTHER_BRANCH, NotFound), (holder("t2 money", Role.FINANCE, "t2"), NotFound)],
)
def test_whoever_does_not_reach_the_branch_finds_nothing(
    desk: ReturnDesk, order: Any, stranger: Any, refusal: type[ServiceError]
) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    for act in (desk.record, desk.release, desk.confirm):
        with pytest.raises(refusal):
            act(refund_id, by=stranger)
    with pytest.raises(refusal):
        desk.returns("b1", stranger)


def test_a_refund_over_wechat_is_none_of_cash(desk: ReturnDesk) -> None:
    online = desk.pay(WANG, 20, ("wang", AUGUST))
    desk.refund(WANG, online, ("wang", AUGUST))
    ((refund_id,),) = desk.county.sql("SELECT refund_id::text FROM refund")
    assert desk.returns() == []
    with pytest.raises(NotFound):
        desk.record(refund_id)
    with pytest.raises(sa.exc.IntegrityError, match="refund_hand_source_whole"):
        desk.county.sql("UPDATE refund SET hand_source = 'box', hand_voucher = '1'")


def test_the_refund_job_never_sends_cash(desk: ReturnDesk, order: Any) -> None:
    desk.approve("li", order, SEPTEMBER)
    assert desk.refund_job() == 0
    assert [call for call in desk.provider.calls if "refund" in call[0]] == []


def test_the_provider_s_word_on_a_refund_of_cash_books_nothing(desk: ReturnDesk, order: Any) -> None:
    desk.record(desk.approve("li", order, SEPTEMBER))
    (number,) = desk.refund_numbers()
    told = RefundState(number, "5030", order["number"], "4200", RefundStatus.SUCCEEDED, 20, 40, None)
    assert desk.county.core.desk().run(refunds.take_answer, told).outcome == "exception"
    assert [one["kind"] for one in desk.ask("list_exceptions", FINANCE)["items"]] == ["order_unknown"]
    assert desk.balances() == PAID_IN_CASH


def test_an_extra_keeps_a_month_of_its_giver(desk: ReturnDesk) -> None:
    order = desk.pay_cash("li", AUGUST, SEPTEMBER, extra_fen=500)
    desk.approve("li", order, SEPTEMBER)
    with pytest.raises(e.RefundNotPossible) as refused:
        desk.ask_back(LI, order, ("li", AUGUST))
    assert refused.value.detail["reason"] == "extra_without_own_month"


def test_a_line_on_its_way_back_is_neither_paid_nor_asked_for_again(desk: ReturnDesk, order: Any) -> None:
    desk.approve("li", order, SEPTEMBER)
    with pytest.raises(e.RefundNotPossible) as refused:
        desk.ask_back(LI, order, ("li", SEPTEMBER))
    assert refused.value.detail["reason"] == "line_refund_under_way"
    with pytest.raises(e.MonthAlreadyPaid):
        desk.order(WANG, 20, ("li", SEPTEMBER))
    seen = desk.ask("list_order_refunds", LI, id=order["id"])
    assert ([one["state"] for one in seen["lines"]], seen["channel"]) == (["paid", "approved"], "cash")
    assert [one["standing"] for one in seen["requests"]] == ["approved"]


def test_a_month_whose_cash_went_back_is_paid_again_by_any_way(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    desk.confirm(refund_id)
    desk.pay(WANG, 20, ("li", SEPTEMBER))
    assert (months(desk)[SEPTEMBER], desk.broken()) == ("paid", {})


def test_the_payer_is_told_and_reads_who_stands_for_it(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    (request,) = desk.ask("list_order_refunds", LI, id=order["id"])["requests"]
    assert (request["voucher"], request["recorded_by_name"]) == ("", ""), "not before it is confirmed"
    desk.confirm(refund_id)
    told = desk.county.sql("SELECT type, data ->> 'channel' FROM outbox WHERE type LIKE '%refund%' ORDER BY event_id")
    assert told == [
        ("dues.cash_refund_approved", None),
        ("dues.refund_approved", None),
        ("dues.order_refunded", "cash"),
    ]
    (request,) = desk.ask("list_order_refunds", LI, id=order["id"])["requests"]
    stands = (request["standing"], request["voucher"], request["recorded_by_name"], request["confirmed_by_name"])
    assert stands == ("sent", "领-01", "管理员secretary", "管理员second")
    (done,) = desk.returns(returned=True)
    assert (done["id"], desk.returns()) == (refund_id, [])


def test_an_officer_enters_a_refund_of_cash_by_the_number_that_the_taking_tells(desk: ReturnDesk, order: Any) -> None:
    (taking,) = desk.cash.ask("list_cash_takings", SECRETARY, org_id=ident("b1"))["items"]
    (person,) = desk.cash.ask("get_cash_taking", SECRETARY, id=taking["id"])["persons"]
    found = desk.ask("find_paid_order", SECRETARY, number=person["order_number"])
    assert (found["order_id"], found["channel"]) == (order["id"], "cash")
    asked = desk.ask_back(SECRETARY, order, ("li", SEPTEMBER))
    assert desk.ask("approve_refund", FINANCE, id=asked["id"])["standing"] == "approved"


def test_each_step_leaves_its_trace(desk: ReturnDesk, order: Any) -> None:
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    desk.release(refund_id)
    desk.record(refund_id, voucher="领-02")
    desk.confirm(refund_id)
    rows = desk.county.sql(
        "SELECT action, purpose FROM audit WHERE object_kind = 'refund' AND about_member_id = :li ORDER BY entry_id",
        li=ident("li"),
    )
    assert rows == [
        ("dues.cash_return_recorded", "领-01"),
        ("dues.cash_return_released", "数目不对"),
        ("dues.cash_return_recorded", "领-02"),
        ("dues.cash_return_confirmed", "领-02"),
    ]
