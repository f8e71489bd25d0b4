"""Cash has two persons and is booked once; until then its months are reserved and nothing has moved (PAY-2, PAY-5, BOOK-6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, NotFound
from services.dues.cash import deciding
from services.dues.domain import cash as rules
from services.dues.orders import settling, store
from tests.integration.dues.cashdesk import SECOND, SECRETARY, TOWNSHIP, CashDesk
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI, WANG = member("li"), member("wang")
ROUNDS = 8
MEET_S = 5


@pytest.fixture
def desk(county: County) -> CashDesk:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("wang", shown="王二"),
        person("mei", "b3", household="H1", shown="李小梅"),
        *(person(name, shown=f"管理员{name}") for name in ("secretary", "second", "township", "finance")),
    )
    for month in ("2026-08", "2026-09"):
        county.ask("open_month", BOSS, month=month)
    return CashDesk(county)


@pytest.fixture
def till(desk: CashDesk) -> Till:
    return Till(desk.county)


def kept(desk: CashDesk) -> Any:
    """What confirming changes: everything that tells whether cash was booked."""
    return desk.county.sql(
        "SELECT (SELECT count(*) FROM posting), (SELECT count(*) FROM receipt), (SELECT coalesce(sum(paid_fen), 0) FROM "
        "obligation), (SELECT count(*) FROM outbox WHERE type = 'dues.order_settled'), (SELECT count(*) FROM receipt_counter), "
        "(SELECT count(*) FROM cash_box), (SELECT count(*) FROM orders WHERE state = 'succeeded'), "
        "(SELECT string_agg(state, ',') FROM cash_taking)"
    )


def test_confirmed_cash_pays_months_gives_receipts_and_balances(desk: CashDesk, till: Till) -> None:
    taken = desk.take(60, ("li", "2026-08"), ("li", "2026-09"), ("wang", "2026-08"))
    assert (taken["state"], taken["people"], taken["months"], taken["own"]) == ("waiting", 2, 3, True)
    assert till.balances() == {}
    confirmed = desk.confirm(taken)
    assert (confirmed["state"], confirmed["decided_by_name"]) == ("confirmed", "管理员second")
    assert till.balances() == {"cash": 60, "branch_dues_income": -60}
    (receipt,) = till.ask("list_receipts", LI)["items"]
    assert (receipt["channel"], receipt["collector_name"], receipt["payer_name"]) == (
        "cash",
        "管理员secretary",
        "李大山",
    )
    assert (receipt["amount_fen"], receipt["extra_fen"], receipt["own"]) == (40, 0, True)
    numbers = {number for (number,) in desk.county.sql("SELECT running_number FROM receipt")}
    assert numbers == {1, 2}


def test_receipts_of_cash_and_of_wechat_share_one_row_of_numbers(desk: CashDesk, till: Till) -> None:
    till.pay(LI, 20, ("li", "2026-08"))
    desk.confirm(desk.take(20, ("wang", "2026-08")))
    till.pay(LI, 20, ("li", "2026-09"))
    rows = desk.county.sql("SELECT running_number, channel FROM receipt ORDER BY running_number")
    assert [tuple(row) for row in rows] == [(1, "wechat"), (2, "cash"), (3, "wechat")]


def test_each_member_is_told_of_the_cash_in_his_name(desk: CashDesk) -> None:
    desk.confirm(desk.take(40, ("li", "2026-08"), ("wang", "2026-08")))
    told = desk.county.sql("SELECT data FROM outbox WHERE type = 'dues.order_settled'")
    assert {(data["member_id"], data["payer_member_id"], data["channel"]) for (data,) in told} == {
        (ident(name), ident(name), "cash") for name in ("li", "wang")
    }


def test_whoever_took_the_cash_does_not_confirm_it(desk: CashDesk) -> None:
    taken = desk.take(20, ("li", "2026-08"))
    before = kept(desk)
    with pytest.raises(e.SamePerson):
        desk.confirm(taken, by=SECRETARY)
    assert kept(desk) == before


def test_without_the_services_check_the_database_still_wants_two_persons(
    desk: CashDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = desk.take(20, ("li", "2026-08"))
    before = kept(desk)
    monkeypatch.setattr(rules, "confirm", lambda *_: rules.TakingState.CONFIRMED)
    with pytest.raises(sa.exc.IntegrityError, match="cash_taking_two_persons"):
        desk.confirm(taken, by=SECRETARY)
    assert kept(desk) == before


@pytest.mark.parametrize("second", [SECOND, TOWNSHIP], ids=["another of the branch", "the committee above"])
def test_a_second_person_with_authority_over_the_branch_confirms(desk: CashDesk, second: Any) -> None:
    assert desk.confirm(desk.take(20, ("li", "2026-08")), by=second)["state"] == "confirmed"


@pytest.mark.parametrize(
    ("stranger", "refusal"),
    [
        (holder("far", Role.BRANCH_ADMIN, "b2"), NotFound),
        (holder("other", Role.COMMITTEE_ADMIN, "t2"), NotFound),
        (holder("finance", Role.FINANCE, "county"), Forbidden),
        (member("wang"), Forbidden),
    ],
)
def test_nobody_else_confirms(desk: CashDesk, stranger: Any, refusal: type[Exception]) -> None:
    taken = desk.take(20, ("li", "2026-08"))
    with pytest.raises(refusal):
        desk.confirm(taken, by=stranger)


def together(desk: CashDesk, *calls: Callable[[], Any]) -> list[Any]:
    """What became of calls made at the same time: results and exceptions."""
    with ThreadPoolExecutor(len(calls)) as pool:
        under_way = [pool.submit(call) for call in calls]
        return [one.exception() or one.result() for one in under_way]


def test_two_who_confirm_at_once_settle_once(desk: CashDesk, till: Till) -> None:
    taken = desk.take(40, ("li", "2026-08"), ("li", "2026-09"))
    outcomes = together(desk, lambda: desk.confirm(taken, by=SECOND), lambda: desk.confirm(taken, by=TOWNSHIP))
    assert {type(one) for one in outcomes} == {dict, e.CashDecided}, outcomes
    assert till.balances() == {"cash": 40, "branch_dues_income": -40}
    assert desk.county.sql("SELECT held_fen FROM cash_box") == [(40,)]


def test_without_the_taking_s_lock_and_state_a_second_confirmation_meets_the_database(
    desk: CashDesk, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a service that forgets what is decided runs into the rows that can be written once, and books nothing more."""
    taken = desk.take(40, ("li", "2026-08"), ("li", "2026-09"))
    desk.confirm(taken)
    before = kept(desk)
    monkeypatch.setattr(rules, "confirm", lambda *_: rules.TakingState.CONFIRMED)
    with pytest.raises((AssertionError, RuntimeError, sa.exc.IntegrityError)):
        desk.confirm(taken, by=TOWNSHIP)
    assert kept(desk) == before


def test_a_confirmation_sent_again_is_answered_and_books_nothing_more(desk: CashDesk, till: Till) -> None:
    request_id, taken = new_id(), desk.take(20, ("li", "2026-08"))
    assert desk.confirm(taken, request_id=request_id) == desk.confirm(taken, request_id=request_id)
    assert till.balances() == {"cash": 20, "branch_dues_income": -20}


@pytest.mark.parametrize("point", ["settling.judged", "settling.written", "dues.confirm_cash.done"])
def test_a_confirmation_that_dies_in_between_leaves_nothing_and_can_be_done_again(
    desk: CashDesk, till: Till, tmp_path: Any, point: str
) -> None:
    taken = desk.take(40, ("li", "2026-08"), ("wang", "2026-08"))
    before, request_id = kept(desk), new_id()
    (tmp_path / point).write_text("raise")
    failpoints.set_up(tmp_path)
    try:
        with pytest.raises(failpoints.FailpointReached):
            desk.confirm(taken, request_id=request_id)
    finally:
        failpoints.set_up(None)
    assert kept(desk) == before
    assert desk.confirm(taken, request_id=request_id)["state"] == "confirmed"
    assert till.balances() == {"cash": 40, "branch_dues_income": -40}
    assert desk.county.sql("SELECT max(running_number), count(*) FROM receipt") == [(2, 2)]


def test_months_reserved_by_cash_can_not_be_paid_over_wechat(desk: CashDesk, till: Till) -> None:
    desk.take(20, ("li", "2026-08"))
    with pytest.raises(e.MonthReserved) as refused:
        till.order(LI, 20, ("li", "2026-08"))
    assert refused.value.detail["own"] is True
    with pytest.raises(e.MonthReserved):
        till.order(member("mei"), 20, ("li", "2026-08"))


def test_cash_and_wechat_at_once_for_one_month_have_one_winner(desk: CashDesk, till: Till) -> None:
    won: dict[str, int] = {"cash": 0, "wechat": 0}
    for _ in range(ROUNDS):
        outcomes = together(
            desk, lambda: desk.take(20, ("wang", "2026-08")), lambda: till.order(WANG, 20, ("wang", "2026-08"))
        )
        assert [isinstance(one, e.MonthReserved) for one in outcomes].count(True) == 1, outcomes
        won["wechat" if isinstance(outcomes[0], e.MonthReserved) else "cash"] += 1
        desk.county.sql("UPDATE order_line SET live = false")
        desk.county.sql("UPDATE orders SET state = 'closed'")
    assert sum(won.values()) == ROUNDS


def test_without_the_index_one_month_is_reserved_twice(
    desk: CashDesk, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what keeps cash and WeChat apart is the index on live lines, not the reading before it."""
    desk.county.sql("DROP INDEX order_line_live")
    cold, meeting, reserve = Till(desk.county, is_hot=False), threading.Barrier(2), store.reserve_lines

    def meet_and_reserve(*arguments: Any) -> int:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(MEET_S)
        return reserve(*arguments)

    monkeypatch.setattr(store, "reserve_lines", meet_and_reserve)
    outcomes = together(
        desk, lambda: desk.take(20, ("wang", "2026-08")), lambda: cold.order(WANG, 20, ("wang", "2026-08"))
    )
    assert [type(one) for one in outcomes] == [dict, dict], outcomes
    assert desk.county.sql("SELECT count(*) FROM order_line WHERE live AND member_id = :id", id=ident("wang")) == [(2,)]


def test_cash_that_is_refused_frees_its_months_and_says_why(desk: CashDesk, till: Till) -> None:
    taken = desk.take(20, ("li", "2026-08"))
    refused = desk.release(taken)
    assert (refused["state"], refused["reason"]) == ("refused", "数目不对")
    assert till.pay(LI, 20, ("li", "2026-08"))["state"] == "succeeded"
    with pytest.raises(e.CashDecided):
        desk.confirm(taken)
    assert till.balances() == {"provider_clearing": 20, "branch_dues_income": -20}


def test_cash_that_its_taker_gives_up_is_withdrawn(desk: CashDesk) -> None:
    withdrawn = desk.release(desk.take(20, ("li", "2026-08")), by=SECRETARY)
    assert withdrawn["state"] == "withdrawn"
    assert desk.take(20, ("li", "2026-08"))["state"] == "waiting"


def test_confirmed_cash_is_not_given_up(desk: CashDesk) -> None:
    taken = desk.take(20, ("li", "2026-08"))
    desk.confirm(taken)
    for who in (SECRETARY, SECOND):
        with pytest.raises(e.CashDecided):
            desk.release(taken, by=who)


def test_the_sum_is_worked_out_on_the_server(desk: CashDesk) -> None:
    with pytest.raises(e.TotalChanged) as refused:
        desk.take(60, ("li", "2026-08"), ("wang", "2026-08"))
    assert refused.value.detail["total_fen"] == 40
    assert desk.county.sql("SELECT count(*) FROM cash_taking") == [(0,)]


def test_a_branch_takes_cash_from_its_own_members_alone(desk: CashDesk) -> None:
    with pytest.raises(NotFound):
        desk.take(20, ("mei", "2026-08"))
    with pytest.raises(NotFound):
        desk.take(20, ("mei", "2026-08"), branch="b3")


def test_an_organisation_above_a_branch_takes_no_cash(desk: CashDesk) -> None:
    above = holder("above", Role.BRANCH_ADMIN, "t1")
    with pytest.raises(e.CashRefused) as refused:
        desk.take(20, ("li", "2026-08"), by=above, branch="t1")
    assert refused.value.detail["reason"] == "not_a_branch"


def test_the_payer_of_cash_is_always_the_member(desk: CashDesk) -> None:
    desk.take(40, ("li", "2026-08"), ("wang", "2026-08"))
    rows = desk.county.sql("SELECT payer_id::text FROM orders WHERE channel = 'cash'")
    assert {payer for (payer,) in rows} == {ident("li"), ident("wang")}


def test_the_member_sees_his_cash_order_and_can_neither_pay_nor_close_it(desk: CashDesk, till: Till) -> None:
    desk.take(20, ("li", "2026-08"))
    (order,) = till.ask("list_orders", LI)["items"]
    assert (order["channel"], order["state"]) == ("cash", "created")
    assert desk.county.ask("get_my_dues", LI)["open_order_id"] is None
    with pytest.raises(e.OrderNotPayable):
        till.prepare(LI, order)
    with pytest.raises(e.OrderNotClosable):
        till.ask("close_order", LI, id=order["id"])


def test_the_query_job_leaves_cash_alone(desk: CashDesk, till: Till) -> None:
    taken = desk.take(20, ("li", "2026-08"))
    desk.county.it_is("2026-12-01")
    assert till.query_job() == 0
    assert desk.confirm(taken)["state"] == "confirmed"


def test_a_notice_for_a_cash_order_agrees_with_nothing(desk: CashDesk, till: Till) -> None:
    """Forged or mistaken: the provider was never told of such an order."""
    desk.take(20, ("li", "2026-08"))
    other = till.order(WANG, 20, ("wang", "2026-08"))
    till.prepare(WANG, other)
    till.provider.payer_pays(other["number"])
    ((number,),) = desk.county.sql("SELECT number FROM orders WHERE channel = 'cash'")
    assert till.notify(till.paid_notice(other, order_no=number)) == "exception"
    assert till.balances() == {}


def test_lists_show_what_waits_the_longest_first_and_persons_by_name(desk: CashDesk) -> None:
    first, second = desk.take(20, ("li", "2026-08")), desk.take(20, ("wang", "2026-08"))
    listed = desk.ask("list_cash_takings", TOWNSHIP, org_id=ident("t1"), state="waiting", limit=1)
    assert [each["id"] for each in listed["items"]] == [first["id"]]
    rest = desk.ask(
        "list_cash_takings", TOWNSHIP, org_id=ident("t1"), state="waiting", limit=1, cursor=listed["next_cursor"]
    )
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == ([second["id"]], None)
    (shown,) = desk.ask("get_cash_taking", SECOND, id=first["id"])["persons"]
    assert (shown["name"], shown["total_fen"], [each["month"] for each in shown["months"]]) == (
        "李大山",
        20,
        ["2026-08"],
    )


def test_payers_are_the_branch_s_with_the_months_owed_to_it(desk: CashDesk) -> None:
    page = desk.ask("list_cash_payers", SECRETARY, org_id=ident("b1"), limit=2)
    names = [each["name"] for each in page["items"]]
    while page["next_cursor"]:
        page = desk.ask("list_cash_payers", SECRETARY, org_id=ident("b1"), limit=2, cursor=page["next_cursor"])
        names += [each["name"] for each in page["items"]]
    assert len(names) == len(set(names)) == 6
    assert "李小梅" not in names


def test_money_and_decision_are_one_transaction(desk: CashDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the confirmation that dies: settling apart from deciding would leave cash confirmed and not booked."""
    taken = desk.take(20, ("li", "2026-08"))
    monkeypatch.setattr(deciding, "settle_cash", lambda *_: None)
    desk.confirm(taken)
    assert desk.county.sql("SELECT count(*) FROM posting") == [(0,)]
    assert desk.county.sql("SELECT state FROM cash_taking") == [("confirmed",)]
    assert settling.settle_cash is not deciding.settle_cash
