"""Paid ahead, then the due rises: the difference is asked for with the next payment and paid once (PAY-3, PAY-4, PAY-8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.contracts.dues import errors as e
from services.contracts.dues.errors import OrderRefused
from services.contracts.members.messages import MemberClass
from tests.integration.dues.county import WAGE, WAGE_FEN, County, ident, member, person
from tests.integration.dues.offices import BOSS, FIRST
from tests.integration.dues.refund_till import RefundTill

EARNER, WIFE = member("wage"), member("wife")
RISEN = {"counted": [{"code": "post_salary", "amount_fen": 600_000}]}
RISEN_FEN = 9_000
DIFFERENCE_FEN = RISEN_FEN - WAGE_FEN


def assess(county: County, since: str, pay: Any) -> None:
    of = {"member_id": ident("wage"), "member_class": "civil_servant"}
    county.ask("assess", FIRST, **of, effective_from=since, pay=pay)


@pytest.fixture
def till(county: County) -> RefundTill:
    """In November a civil servant has paid until January; it is December and his pay has risen for the new year."""
    county.it_is("2026-11-10")
    county.roster(
        person("wage", member_class=MemberClass.CIVIL_SERVANT, household="H1"), person("wife", household="H1")
    )
    assess(county, "2026-01", WAGE)
    county.ask("open_month", BOSS, month="2026-11")
    till = RefundTill(county)
    till.pay(EARNER, 3 * WAGE_FEN, *(("wage", month) for month in ("2026-11", "2026-12", "2027-01")))
    return till


def later(till: RefundTill, day: str) -> None:
    till.county.it_is(day)
    till.clock.set(till.county.core.settings.clock.now())


def opened(till: RefundTill, *, risen_before_opening: bool = True) -> None:
    later(till, "2027-01-04")
    if risen_before_opening:
        assess(till.county, "2027-01", RISEN)
    for month in ("2026-12", "2027-01"):
        till.county.ask("open_month", BOSS, month=month)
    if not risen_before_opening:
        assess(till.county, "2027-01", RISEN)


def months(till: RefundTill) -> dict[str, tuple[str, int, int]]:
    found = till.county.ask("get_my_dues", EARNER)["months"]
    return {one["month"]: (one["state"], one["amount_fen"], one["paid_fen"]) for one in found}


@pytest.mark.parametrize("risen_before_opening", [True, False])
def test_the_difference_of_a_month_paid_ahead_is_owed_and_paid(till: RefundTill, risen_before_opening: bool) -> None:
    opened(till, risen_before_opening=risen_before_opening)
    assert months(till)["2027-01"] == ("underpaid", RISEN_FEN, WAGE_FEN)
    assert months(till)["2026-12"] == ("paid", WAGE_FEN, WAGE_FEN)
    with pytest.raises(OrderRefused) as refused:
        till.order(EARNER, RISEN_FEN, ("wage", "2027-02"))
    assert (refused.value.detail["reason"], refused.value.detail["missing"]) == ("months_not_consecutive", "2027-01")
    paid = till.pay(EARNER, DIFFERENCE_FEN + RISEN_FEN, ("wage", "2027-01"), ("wage", "2027-02"))
    assert [line["amount_fen"] for line in paid["lines"]] == [DIFFERENCE_FEN, RISEN_FEN]
    assert months(till)["2027-01"] == ("paid", RISEN_FEN, RISEN_FEN)
    assert till.broken() == {}


def test_what_has_fallen_stays_as_it_was_paid(till: RefundTill) -> None:
    later(till, "2027-01-04")
    assess(till.county, "2027-01", {"counted": [{"code": "post_salary", "amount_fen": 200_000}]})
    for month in ("2026-12", "2027-01"):
        till.county.ask("open_month", BOSS, month=month)
    assert months(till)["2027-01"] == ("paid", WAGE_FEN, WAGE_FEN)


def test_two_payers_never_pay_one_difference(till: RefundTill) -> None:
    opened(till)

    def attempt(payer: Any) -> str:
        try:
            return str(till.order(payer, DIFFERENCE_FEN, ("wage", "2027-01"))["state"])
        except e.MonthReserved as refusal:
            return str(refusal.code)

    with ThreadPoolExecutor(max_workers=2) as pool:
        assert sorted(pool.map(attempt, (EARNER, WIFE))) == ["created", "dues.month_reserved"]
    assert till.broken() == {}


def test_each_part_goes_back_by_itself_and_may_be_paid_again(till: RefundTill) -> None:
    opened(till)
    difference = till.pay(WIFE, DIFFERENCE_FEN, ("wage", "2027-01"))
    till.refund(WIFE, difference, ("wage", "2027-01"))
    assert months(till)["2027-01"] == ("underpaid", RISEN_FEN, WAGE_FEN)
    again = till.pay(EARNER, DIFFERENCE_FEN, ("wage", "2027-01"))
    assert (again["state"], months(till)["2027-01"][0]) == ("succeeded", "paid")
    assert till.broken() == {}
