"""Placing orders: who, which months, how much, and that two payers never get the same month (PAY-3, PAY-7, PAY-10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.errors import NotFound, RequestReused
from services.dues.providers.payments import ProviderUnavailable
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI = member("li")
PAIRS = 200


@pytest.fixture(params=[True, False], ids=["at once", "step by step"])
def till(county: County, request: pytest.FixtureRequest) -> Till:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("mei", "b3", household="H1", shown="李小梅"),
        person("wang", shown="王二"),
        person("zhao", "b2", shown="赵某某"),
    )
    for month in ("2026-07", "2026-08", "2026-09"):
        county.ask("open_month", BOSS, month=month)
    return Till(county, is_hot=request.param)


def test_an_order_holds_several_months_for_several_people(till: Till) -> None:
    months = ("2026-07", "2026-08", "2026-09")
    order = till.order(LI, 120, *((name, month) for name in ("li", "mei") for month in months))
    assert (order["state"], order["total_fen"], len(order["lines"])) == ("created", 120, 6)
    assert [line["own"] for line in order["lines"]] == [True] * 3 + [False] * 3
    assert not {"base_fen", "pay", "id_number"} & set(order["lines"][0])


def test_the_same_request_id_places_one_order(till: Till) -> None:
    request_id = new_id()
    first = till.order(LI, 20, ("li", "2026-07"), request_id=request_id)
    assert till.order(LI, 20, ("li", "2026-07"), request_id=request_id) == first
    with pytest.raises(RequestReused):
        till.order(LI, 20, ("wang", "2026-07"), request_id=request_id)
    assert till.county.sql("SELECT count(*) FROM orders")[0][0] == 1


def test_the_server_works_the_total_out_anew(till: Till) -> None:
    with pytest.raises(e.TotalChanged) as refused:
        till.order(LI, 10, ("li", "2026-07"))
    assert refused.value.detail == {"total_fen": 20}


def test_months_are_paid_from_the_oldest_on(till: Till) -> None:
    with pytest.raises(e.OrderRefused) as refused:
        till.order(LI, 20, ("li", "2026-09"))
    assert refused.value.detail["reason"] == "months_not_consecutive"


def test_a_stranger_can_not_be_paid_for(till: Till) -> None:
    with pytest.raises(NotFound):
        till.order(LI, 20, ("zhao", "2026-07"))


def test_months_ahead_may_be_ordered_and_the_opening_leaves_them(till: Till) -> None:
    order = till.pay(LI, 80, *(("li", month) for month in ("2026-07", "2026-08", "2026-09", "2026-10")))
    till.county.it_is("2026-10-03")
    till.county.ask("open_month", BOSS, month="2026-10")
    assert order["state"] == "succeeded"
    months = {month["month"]: month["state"] for month in till.county.ask("get_my_dues", LI)["months"]}
    assert months["2026-10"] == "paid"


def test_a_held_month_is_told_without_the_holders_name(till: Till) -> None:
    order = till.order(LI, 20, ("wang", "2026-07"))
    with pytest.raises(e.MonthReserved) as refused:
        till.order(member("wang"), 20, ("wang", "2026-07"))
    assert refused.value.detail["own"] is False
    assert "order_id" not in refused.value.detail
    assert "held_until" in refused.value.detail
    with pytest.raises(e.MonthReserved) as own:
        till.order(LI, 20, ("wang", "2026-07"))
    assert own.value.detail["order_id"] == order["id"]


def test_another_ones_order_is_not_there(till: Till) -> None:
    order = till.order(LI, 20, ("li", "2026-07"))
    for method in ("get_order", "close_order"):
        with pytest.raises(NotFound):
            till.ask(method, member("wang"), id=order["id"])


def test_closing_frees_the_months(till: Till) -> None:
    order = till.order(LI, 20, ("li", "2026-07"))
    till.prepare(LI, order)
    assert till.ask("close_order", LI, id=order["id"])["state"] == "closed"
    assert till.order(LI, 20, ("li", "2026-07"))["state"] == "created"


def test_an_order_that_ran_out_is_closed_at_the_provider_first(till: Till) -> None:
    order = till.order(LI, 20, ("li", "2026-07"))
    till.prepare(LI, order)
    till.clock.advance(timedelta(minutes=16))
    assert till.query_job() == 1
    assert till.ask("get_order", LI, id=order["id"])["state"] == "closed"
    assert ("close_order", order["number"]) in till.provider.calls


def test_a_lost_prepay_is_asked_for_again_under_the_same_number(till: Till) -> None:
    order = till.order(LI, 20, ("li", "2026-07"))
    till.provider.lose_answer("prepay", ProviderUnavailable("timeout"))
    with pytest.raises(e.PaymentProviderUnavailable):
        till.prepare(LI, order)
    assert till.prepare(LI, order)["package"] == f"prepay_id=wx-prepay-{order['number']}"
    assert [call for call in till.provider.calls if call[0] == "prepay"] == [("prepay", order["number"])] * 2


def race(till: Till) -> int:
    """Two payers order the same member's same month at once, ``PAIRS`` times; how many months got two live orders."""
    names = [f"farmer{number}" for number in range(PAIRS)]
    till.county.roster(*(person(name) for name in names))
    till.county.sql("DELETE FROM obligation")
    till.county.sql("DELETE FROM dues_month")
    till.county.ask("open_month", BOSS, month="2026-09")

    def attempt(payer: str, name: str) -> str | None:
        try:
            return str(till.order(member(payer), 20, (name, "2026-09"))["id"])
        except e.MonthReserved:
            return None

    with ThreadPoolExecutor(max_workers=4) as pool:
        tries = [pool.submit(attempt, payer, name) for name in names for payer in ("li", "wang")]
        won = sum(1 for each in tries if each.result() is not None)
    held = till.county.sql("SELECT count(*) FROM order_line WHERE live GROUP BY member_id, month")
    assert len(held) == PAIRS
    assert won == sum(count for (count,) in held)
    return sum(1 for (count,) in held if count > 1)


def test_second_payer_never_gets_a_month_that_is_reserved(till: Till) -> None:
    assert race(till) == 0


def test_without_the_index_two_payers_do_get_one_month(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what the rules read is the same for both, so nothing but the index stands between them."""
    till.county.sql("DROP INDEX order_line_live")
    monkeypatch.setattr("services.dues.owed._held", lambda *_: {})
    assert race(till) > 0


def test_orders_page_newest_first(till: Till) -> None:
    ids = [till.order(LI, 20, (name, "2026-07"))["id"] for name in ("li", "wang", "mei")]
    first = till.ask("list_orders", LI, limit=2)
    second = till.ask("list_orders", LI, limit=2, cursor=first["next_cursor"])
    assert [order["id"] for order in first["items"] + second["items"]] == ids[::-1]
    assert ident("li") not in str(first)
