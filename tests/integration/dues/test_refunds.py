"""Refunds of paid orders: whole lines, asked by one and decided by another, reversed and never deleted (PAY-11, BOOK-7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Caller, Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, NotFound
from services.dues.providers.payments import ProviderUnavailable, RefundStatus
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.refund_till import BOSS, CASHIER, FINANCE, SECRETARY, TOWN_FINANCE, RefundTill
from tests.integration.dues.till import forwarded

LI, MEI, WANG = member("li"), member("mei"), member("wang")
ALL = (("li", "2026-08"), ("li", "2026-09"), ("mei", "2026-08"))


@pytest.fixture
def till(county: County) -> RefundTill:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("mei", "b3", household="H1", shown="李小梅"),
        person("wang", shown="王二"),
    )
    county.ask("open_month", BOSS, month="2026-08")
    county.ask("open_month", BOSS, month="2026-09")
    return RefundTill(county)


@pytest.fixture
def order(till: RefundTill) -> Any:
    return till.pay(LI, 60, *ALL)


def month_of(till: RefundTill, name: str, month: str) -> Any:
    return next(one for one in till.county.ask("get_my_dues", member(name))["months"] if one["month"] == month)


def sent(till: RefundTill) -> None:
    """All that waits goes to the provider, who pays it out and tells."""
    till.refund_job()
    for number in till.refund_numbers():
        till.provider_sends(number)


def test_a_part_of_an_order_goes_back_and_the_rest_stays_paid(till: RefundTill, order: Any) -> None:
    approved = till.refund(LI, order, ("li", "2026-09"))
    assert (approved["standing"], approved["amount_fen"]) == ("sending", 20)
    assert till.balances() == {"provider_clearing": 60, "branch_dues_income": -40, "refunds_payable": -20}
    assert month_of(till, "li", "2026-09")["state"] == "due"
    assert month_of(till, "li", "2026-08")["state"] == "paid"
    sent(till)
    assert till.balances() == {"provider_clearing": 40, "branch_dues_income": -40}
    seen = till.ask("list_order_refunds", LI, id=order["id"])
    assert [one["standing"] for one in seen["requests"]] == ["sent"]
    assert [one["state"] for one in seen["lines"]] == ["paid", "refunded", "paid"]
    assert till.ask("get_order", LI, id=order["id"])["state"] == "succeeded"
    assert till.broken() == {}


def test_a_whole_order_goes_back_in_one_or_in_parts(till: RefundTill, order: Any) -> None:
    till.refund(LI, order, ("li", "2026-08"), ("li", "2026-09"))
    till.refund(LI, order, ("mei", "2026-08"), by=BOSS)
    assert till.ask("get_order", LI, id=order["id"])["state"] == "refund_requested"
    till.refund_job()
    first, second = till.refund_numbers()
    assert till.provider_sends(second) == "settled"
    assert till.ask("get_order", LI, id=order["id"])["state"] == "refund_requested"
    assert [till.provider_sends(first) for _ in range(2)] == ["settled", "already_known"]
    assert till.ask("get_order", LI, id=order["id"])["state"] == "refunded"
    assert till.balances() == {}
    assert till.broken() == {}


def test_a_refunded_month_can_be_paid_again_and_no_other(till: RefundTill, order: Any) -> None:
    with pytest.raises(e.MonthAlreadyPaid):
        till.order(WANG, 20, ("li", "2026-09"))
    till.refund(LI, order, ("li", "2026-09"))
    again = till.pay(WANG, 20, ("li", "2026-09"))
    assert (again["state"], month_of(till, "li", "2026-09")["state"]) == ("succeeded", "paid")
    assert till.broken() == {}


def test_a_void_receipt_keeps_its_number_and_what_is_left_has_the_next(till: RefundTill, order: Any) -> None:
    before = {one["member_id"]: one for one in till.ask("list_receipts", LI)["items"]}
    till.refund(LI, order, ("li", "2026-09"), ("mei", "2026-08"))
    after = till.ask("list_receipts", LI)["items"]
    void = {one["number"]: one["amount_fen"] for one in after if one["void"]}
    assert void == {one["number"]: one["amount_fen"] for one in before.values()}
    (left,) = [one for one in after if not one["void"]]
    assert (left["number"], left["amount_fen"], [one["month"] for one in left["months"]]) == (
        "B1〔2026〕000002号",
        20,
        ["2026-08"],
    )
    assert till.ask("get_order", LI, id=order["id"])["receipt_ids"] == [left["id"]]
    shown = till.ask("check_receipt", LI, code=before[ident("mei")]["check_code"])
    assert shown["void"] is True
    assert till.broken() == {}


def test_the_reversal_is_booked_in_the_running_month_and_names_what_it_reverses(till: RefundTill, order: Any) -> None:
    till.clock.advance(timedelta(days=40))
    till.refund(LI, order, ("li", "2026-08"))
    rows = till.county.sql(
        "SELECT reversal.booked_month, original.booked_month, reversal.month, original.line_no = reversal.line_no "
        "FROM posting AS reversal JOIN posting AS original ON original.posting_id = reversal.reverses"
    )
    assert rows == [(202610, 202609, 202608, True)]


@pytest.mark.parametrize("decider", [LI, member("stranger")])
def test_nobody_without_the_office_decides(till: RefundTill, order: Any, decider: Caller) -> None:
    asked = till.ask_back(LI, order, ("li", "2026-09"))
    with pytest.raises(Forbidden):
        till.ask("approve_refund", decider, id=asked["id"])


def test_who_enters_a_refund_does_not_approve_it(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(FINANCE, order, ("li", "2026-09"))
    assert (asked["by_payer"], asked["own"]) == (False, True)
    for way, words in (("approve_refund", ""), ("refuse_refund", "no")):
        with pytest.raises(e.RefundNeedsAnother):
            till.ask(way, FINANCE, id=asked["id"], words=words)
    with pytest.raises(sa.exc.IntegrityError, match="refund_request_by_two"):
        till.county.sql(
            "UPDATE refund_request SET state = 'approved', decided_by_account = asked_by_account, decided_at = now()"
        )
    assert till.ask("approve_refund", CASHIER, id=asked["id"])["standing"] == "sending"


def test_a_payer_does_not_decide_on_his_own_money_by_another_hand(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(SECRETARY, order, ("li", "2026-09"))
    with pytest.raises(e.RefundNeedsAnother):
        till.ask("approve_refund", holder("li", Role.FINANCE, "county"), id=asked["id"])


def test_an_officer_enters_and_decides_only_what_lies_wholly_beneath_him(till: RefundTill, order: Any) -> None:
    with pytest.raises(NotFound):
        till.ask_back(SECRETARY, order, ("mei", "2026-08"))
    with pytest.raises(NotFound):
        till.ask_back(SECRETARY, order, ("li", "2026-09"), ("mei", "2026-08"))
    found = till.ask("find_paid_order", SECRETARY, number=order["number"])
    assert [(one["member_id"], one["month"]) for one in found["lines"]] == [
        (ident("li"), "2026-08"),
        (ident("li"), "2026-09"),
    ]
    both = till.ask_back(LI, order, ("li", "2026-09"), ("mei", "2026-08"))
    own = till.ask_back(SECRETARY, order, ("li", "2026-08"))
    with pytest.raises(NotFound):
        till.ask("approve_refund", TOWN_FINANCE, id=both["id"])
    assert [one["id"] for one in till.ask("list_refund_requests", TOWN_FINANCE, waiting=True)["items"]] == [own["id"]]
    assert till.ask("list_refund_requests", BOSS, waiting=True)["waiting"] == 2
    assert till.ask("approve_refund", TOWN_FINANCE, id=own["id"])["standing"] == "sending"


def test_a_stranger_sees_and_asks_nothing(till: RefundTill, order: Any) -> None:
    for method, body in (("list_order_refunds", {"id": order["id"]}), ("find_paid_order", {"number": order["number"]})):
        with pytest.raises((NotFound, Forbidden)):
            till.ask(method, WANG, **body)
    with pytest.raises(NotFound):
        till.ask_back(WANG, order, ("li", "2026-09"))
    with pytest.raises(NotFound):
        till.ask("list_order_refunds", MEI, id=order["id"])


def test_a_refused_refund_says_why_and_may_be_asked_again(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(LI, order, ("li", "2026-09"))
    refused = till.ask("refuse_refund", FINANCE, id=asked["id"], words="这个月应当缴纳")
    assert (refused["standing"], refused["decided_words"]) == ("refused", "这个月应当缴纳")
    with pytest.raises(e.RefundNotWaiting):
        till.ask("approve_refund", BOSS, id=asked["id"])
    assert till.balances() == {"provider_clearing": 60, "branch_dues_income": -60}
    assert till.ask_back(LI, order, ("li", "2026-09"))["standing"] == "waiting"
    assert till.broken() == {}


@pytest.mark.parametrize(
    ("lines", "said", "reason"),
    [
        ((("li", "2026-10"),), {}, "line_not_of_order"),
        ((("li", "2026-09"), ("li", "2026-09")), {}, "line_repeated"),
        ((("li", "2026-09"),), {"reason": "other", "words": " "}, "refund_words_needed"),
        ((("mei", "2026-08"),), {}, "line_refund_under_way"),
        ((("li", "2026-08"),), {}, "line_refunded"),
    ],
)
def test_what_can_not_go_back_is_refused_with_its_reason(
    till: RefundTill, order: Any, lines: tuple[tuple[str, str], ...], said: dict[str, str], reason: str
) -> None:
    till.refund(LI, order, ("li", "2026-08"))
    till.ask_back(LI, order, ("mei", "2026-08"))
    with pytest.raises(e.RefundNotPossible) as refused:
        till.ask_back(LI, order, *lines, **said)
    assert refused.value.detail["reason"] == reason


def test_an_order_that_is_not_paid_has_nothing_to_give_back(till: RefundTill) -> None:
    order = till.order(LI, 20, ("li", "2026-08"))
    assert till.ask("list_order_refunds", LI, id=order["id"])["lines"] == []
    with pytest.raises(e.RefundNotPossible) as refused:
        till.ask_back(LI, order, ("li", "2026-08"))
    assert refused.value.detail["reason"] == "order_not_refundable"


def test_a_refund_is_sent_under_one_number_however_often_it_is_tried(till: RefundTill, order: Any) -> None:
    till.refund(LI, order, ("li", "2026-09"))
    (number,) = till.refund_numbers()
    till.provider.lose_answer("refund", ProviderUnavailable("timeout"))
    till.refund_job()
    till.clock.advance(timedelta(minutes=1))
    till.refund_job()
    assert [call for call in till.provider.calls if "refund" in call[0]] == [
        ("refund", number),
        ("find_refund", number),
    ]
    till.provider.provider_finishes_refund(number)
    till.clock.advance(timedelta(minutes=10))
    till.refund_job()
    assert till.balances() == {"provider_clearing": 40, "branch_dues_income": -40}
    notice = forwarded(*till.provider.refund_notice(number))
    assert till.notify(notice, "accept_refund_notice") == "already_known"


def test_payer_and_beneficiaries_are_told(till: RefundTill, order: Any) -> None:
    till.refund(LI, order, ("li", "2026-09"), ("mei", "2026-08"))
    sent(till)
    refused = till.ask_back(LI, order, ("li", "2026-08"))
    till.ask("refuse_refund", FINANCE, id=refused["id"], words="no")
    told = till.county.sql(
        "SELECT type, subject, (data ->> 'amount_fen')::int FROM outbox WHERE type LIKE '%refund%' ORDER BY type, subject"
    )
    approved = sorted(("dues.refund_approved", ident(name), 20) for name in ("li", "mei"))
    assert told == [
        ("dues.order_refunded", ident("li"), 40),
        *approved,
        ("dues.refund_refused", ident("li"), 20),
    ]


def test_what_each_does_leaves_its_trace(till: RefundTill, order: Any) -> None:
    till.refund(LI, order, ("li", "2026-09"), ("mei", "2026-08"))
    rows = till.county.sql(
        "SELECT action, actor_role, about_member_id::text FROM audit WHERE action LIKE 'dues.refund%'"
    )
    assert sorted(rows) == sorted(
        (action, role, ident(name))
        for action, role in (("dues.refund_asked", "member"), ("dues.refund_approved", "finance"))
        for name in ("li", "mei")
    )


def stuck(till: RefundTill, order: Any) -> str:
    till.refund(LI, order, ("li", "2026-09"))
    till.refund_job()
    (number,) = till.refund_numbers()
    till.provider.provider_finishes_refund(number, status=RefundStatus.ABNORMAL)
    assert till.notify(forwarded(*till.provider.refund_notice(number)), "accept_refund_notice") == "exception"
    (item,) = till.ask("list_stuck_refunds", FINANCE)["items"]
    return str(item["id"])


def test_what_the_provider_can_not_send_waits_for_a_person_who_may_try_again(till: RefundTill, order: Any) -> None:
    refund_id = stuck(till, order)
    till.clock.advance(timedelta(days=1))
    assert till.refund_job() == 0
    assert till.ask("list_stuck_refunds", TOWN_FINANCE)["items"] == [], "the order's other line is another township's"
    assert till.ask("retry_refund", FINANCE, id=refund_id)["standing"] == "sending"
    (number,) = till.refund_numbers()
    till.provider.provider_finishes_refund(number)
    till.refund_job()
    assert till.ask("list_order_refunds", LI, id=order["id"])["requests"][0]["standing"] == "sent"
    with pytest.raises(e.RefundNotStuck):
        till.ask("retry_refund", FINANCE, id=refund_id)
    assert till.broken() == {}


def test_what_is_paid_by_hand_is_entered_by_one_and_confirmed_by_another(till: RefundTill, order: Any) -> None:
    refund_id = stuck(till, order)
    with pytest.raises(e.RefundNotStuck):
        till.ask("confirm_hand_payment", CASHIER, id=refund_id)
    entered = till.ask("enter_hand_payment", FINANCE, id=refund_id, words="银行转账 2026-09-15 回单 0417")
    assert (entered["own"], entered["standing"]) == (True, "stuck")
    with pytest.raises(e.RefundNeedsAnother):
        till.ask("confirm_hand_payment", FINANCE, id=refund_id)
    with pytest.raises(sa.exc.IntegrityError, match="refund_hand_by_two"):
        till.county.sql("UPDATE refund SET state = 'succeeded', hand_confirmed_by_account = hand_by_account")
    assert till.ask("confirm_hand_payment", CASHIER, id=refund_id)["standing"] == "sent"
    (request,) = till.ask("list_order_refunds", LI, id=order["id"])["requests"]
    assert (request["standing"], request["by_hand"]) == ("sent", True)
    assert till.balances() == {"provider_clearing": 40, "branch_dues_income": -40}
    assert till.broken() == {}


def test_money_that_goes_back_by_hand_and_by_the_provider_is_seen(till: RefundTill, order: Any) -> None:
    refund_id = stuck(till, order)
    till.ask("enter_hand_payment", FINANCE, id=refund_id, words="现金，有收条")
    till.ask("confirm_hand_payment", CASHIER, id=refund_id)
    (number,) = till.refund_numbers()
    assert till.provider_sends(number) == "exception"
    kinds = {one["kind"] for one in till.ask("list_exceptions", FINANCE)["items"]}
    assert kinds == {"refund_failed", "paid_twice"}


def test_whoever_asked_takes_it_back_as_long_as_nobody_has_decided(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(LI, order, ("li", "2026-09"))
    for another in (MEI, FINANCE):
        with pytest.raises(NotFound):
            till.ask("withdraw_refund", another, id=asked["id"])
    assert till.ask("withdraw_refund", LI, id=asked["id"])["standing"] == "withdrawn"
    assert till.broken() == {}
    for who, way in ((LI, "withdraw_refund"), (BOSS, "approve_refund")):
        with pytest.raises(e.RefundNotWaiting):
            till.ask(way, who, id=asked["id"])
    assert till.ask("list_refund_requests", BOSS, waiting=True)["items"] == []
    again = till.refund(LI, order, ("li", "2026-09"))
    assert again["standing"] == "sending", "and it may be asked for again"
    with pytest.raises(e.RefundNotWaiting):
        till.ask("withdraw_refund", LI, id=again["id"])


def test_an_officer_takes_back_what_he_entered_and_the_payer_does_not(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(SECRETARY, order, ("li", "2026-09"))
    with pytest.raises(NotFound):
        till.ask("withdraw_refund", LI, id=asked["id"])
    assert till.ask("withdraw_refund", SECRETARY, id=asked["id"])["standing"] == "withdrawn"


def test_a_request_is_taken_back_by_nobody_but_who_asked_whatever_the_rule_says(till: RefundTill, order: Any) -> None:
    """The twin: the database itself wants one person for taking back, and two for deciding."""
    till.ask_back(LI, order, ("li", "2026-09"))
    with pytest.raises(sa.exc.IntegrityError, match="refund_request_by_two"):
        till.county.sql(
            "UPDATE refund_request SET state = 'withdrawn', decided_by_account = order_id, decided_at = now()"
        )
