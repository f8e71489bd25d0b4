"""Placing an order in one statement: it takes what the rules take, as they would, and nothing else; half an order never stays."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from services.chassis.at_once import Hand
from services.chassis.database import Statement
from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.values import YearMonth
from services.contracts.wire import dump
from services.dues.domain.order import OrderPlan
from services.dues.domain.refusal import Refusal
from services.dues.orders import hot_order, placing
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI = member("li")
PEOPLE = ("li", "mei", "wang", "sun", "qian", "zhou", "wu", "zhao")
MONTHS = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
ROUNDS = 250
MOST = 12
SEED = 20_260_915


@pytest.fixture
def till(county: County) -> Till:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("mei", "b3", household="H1", shown="李小梅"),
        *(person(name, "b2" if name == "zhao" else "b1") for name in PEOPLE[2:]),
    )
    for month in MONTHS[:4]:
        county.ask("open_month", BOSS, month=month)
    return Till(county)


def attempt(till: Till, request: m.PlaceOrder) -> m.OrderView | None:
    core = till.county.core
    now = core.settings.clock.now()
    hand = Hand(core.database, LI, now, core.settings, new_id(), "dues.place_order", dump(request))
    return placing.place_at_once(hand, request)


def plan_of(till: Till, request: m.PlaceOrder) -> OrderPlan | Refusal:
    """What the rules say to the order; nothing is written."""

    def plan(work: Any, wished: m.PlaceOrder) -> Any:
        return placing._planned(work, ident("li"), wished)

    return till.county.core.desk(LI).read(plan, request)


def wish(dice: random.Random) -> m.PlaceOrder:
    """Some months of some people: mostly a run from the oldest on, as people do, sometimes any."""
    chosen = []
    for name in dice.sample(PEOPLE, dice.choice((1, 1, 2, 3))):
        run = MONTHS[dice.choice((0, 0, 0, 0, 1)) : dice.choice((2, 3, 4, 4, 5))]
        chosen += [(name, month) for month in run if dice.random() < 0.95]
    lines = tuple(m.WishedLine(member_id=ident(name), month=YearMonth.parse(month)) for name, month in chosen[:MOST])
    return m.PlaceOrder(lines=lines or (m.WishedLine(member_id=ident("li"), month=YearMonth(2026, 6)),),
                        expected_total_fen=20)  # fmt: skip


def unsettle(till: Till, dice: random.Random) -> None:
    """Some member's month becomes unassessed, nothing, half paid or paid, or is taken away; another's order holds one."""
    changes = (
        "UPDATE obligation SET amount_fen = NULL, paid_fen = 0",
        "UPDATE obligation SET amount_fen = 0, paid_fen = 0",
        "UPDATE obligation SET amount_fen = 20, paid_fen = 5",
        "UPDATE obligation SET amount_fen = 20, paid_fen = 20",
        *["UPDATE obligation SET amount_fen = 20, paid_fen = 0"] * 14,
        "DELETE FROM obligation",
    )
    where = " WHERE member_id = :member AND month = :month"
    member_id, month = ident(dice.choice(PEOPLE)), YearMonth.parse(dice.choice(MONTHS[:4])).number
    till.county.sql(dice.choice(changes) + where, member=member_id, month=month)
    if dice.random() < 0.3:
        till.county.sql("UPDATE obligation SET amount_fen = 20, paid_fen = 0")
    if dice.random() < 0.7:
        till.county.sql("UPDATE order_line SET live = false")
        till.county.sql("UPDATE orders SET state = 'closed'")


def test_the_statement_takes_exactly_what_the_rules_take(till: Till) -> None:
    dice, taken, left = random.Random(SEED), 0, 0
    for _ in range(ROUNDS):
        unsettle(till, dice)
        shown = wish(dice)
        plan = plan_of(till, shown)
        if isinstance(plan, Refusal) and plan.code == "dues.total_changed" and dice.random() < 0.9:
            shown = dataclasses.replace(shown, expected_total_fen=int(plan.detail["total_fen"]))
            plan = plan_of(till, shown)
        at_once = attempt(till, shown)
        if at_once is None:
            left += 1
            assert isinstance(plan, Refusal) or any(str(line.month) == MONTHS[4] for line in plan.lines)
        else:
            taken += 1
            assert isinstance(plan, OrderPlan)
            planned = [(line.member_id, line.month, line.amount_fen) for line in plan.lines]
            assert [(line.member_id, line.month, line.amount_fen) for line in at_once.lines] == planned
            assert dump(at_once) == till.ask("get_order", LI, id=at_once.id)
    assert taken > ROUNDS // 10
    assert left > ROUNDS // 10


KEPT = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_line), (SELECT count(*) FROM request)"


def test_an_order_that_is_refused_leaves_nothing(till: Till) -> None:
    before = till.county.sql(KEPT)
    with pytest.raises(NotFound):
        till.order(LI, 40, ("li", "2026-06"), ("zhao", "2026-06"))
    assert till.county.sql(KEPT) == before


def test_a_line_that_another_took_meanwhile_takes_the_whole_order_back(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement no longer looks whether a month is held: then the index is all there is, and nothing half stays."""
    till.order(LI, 20, ("wang", "2026-06"))
    before = till.county.sql(KEPT)
    blind = hot_order._TEXT.replace("WHERE l.live AND", "WHERE false AND")
    assert blind != hot_order._TEXT
    statement = Statement("place_order_blind", hot_order._PARAMETERS, blind)
    monkeypatch.setattr(hot_order, "PLACE_ORDER", statement)
    with pytest.raises(e.MonthReserved):
        till.order(member("wang"), 40, ("wang", "2026-06"), ("li", "2026-06"))
    assert till.county.sql(KEPT) == before


def test_the_first_answer_comes_again_although_the_order_went_on(till: Till) -> None:
    request_id = new_id()
    first = till.order(LI, 20, ("li", "2026-06"), request_id=request_id)
    till.prepare(LI, first)
    assert till.ask("get_order", LI, id=first["id"])["state"] == "paying"
    assert till.order(LI, 20, ("li", "2026-06"), request_id=request_id) == first
