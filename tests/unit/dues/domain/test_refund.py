"""What of a paid order may go back: whole lines, each once, never more than was paid (PAY-11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import MemberId, OrgId, YearMonth
from services.dues.domain.extra import Extra
from services.dues.domain.order import OrderLine, WishedLine
from services.dues.domain.order_state import OrderState
from services.dues.domain.refund import (
    MAX_REFUNDS_PER_ORDER,
    MAX_REQUESTS_PER_ORDER,
    LineStanding,
    PaidOrder,
    RefundPlan,
    RefundReason,
    check_extra_stays,
    plan_refund,
)
from services.dues.domain.refusal import Refusal

ME, BRANCH = MemberId("me"), OrgId("b1")
FIRST = YearMonth(2026, 1)
MISTAKE = RefundReason.PAID_BY_MISTAKE


def line(place: int, amount_fen: int = 20) -> OrderLine:
    return OrderLine(place + 1, ME, FIRST.plus(place), BRANCH, amount_fen, False)


def wish(*places: int) -> list[WishedLine]:
    return [WishedLine(ME, FIRST.plus(place)) for place in places]


def paid(*, promised_fen: int = 0, requests: int = 0, open_requests: int = 0, fen: int = 60) -> PaidOrder:
    return PaidOrder(OrderState.SUCCEEDED, fen, promised_fen, requests, open_requests)


LINES = [(line(place), LineStanding.PAID) for place in range(3)]


def test_lines_go_back_whole_and_in_the_orders_own_sequence() -> None:
    plan = plan_refund(paid(), LINES, wish(2, 0), MISTAKE, "")
    assert isinstance(plan, RefundPlan)
    assert ([each.line_no for each in plan.lines], plan.amount_fen) == ([1, 3], 40)


@pytest.mark.parametrize("standing", [LineStanding.ASKED, LineStanding.REFUNDED])
def test_a_line_that_is_asked_for_or_gone_is_asked_for_by_nobody_else(standing: LineStanding) -> None:
    lines = [(line(0), standing), (line(1), LineStanding.PAID)]
    refusal = plan_refund(paid(), lines, wish(0, 1), MISTAKE, "")
    code = "dues.line_refund_under_way" if standing is LineStanding.ASKED else "dues.line_refunded"
    assert refusal == Refusal(code, (("member_id", "me"), ("month", "2026-01")))


@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.SUCCEEDED])
def test_only_a_paid_order_gives_lines_back(state: OrderState) -> None:
    order = PaidOrder(state, 60, 0, 0, 0)
    assert plan_refund(order, LINES, wish(0), MISTAKE, "") == Refusal(
        "dues.order_not_refundable", (("state", state.value),)
    )


@pytest.mark.parametrize(
    ("order", "wished", "said", "code"),
    [
        (paid(), [], (MISTAKE, ""), "dues.refund_empty"),
        (paid(), wish(3), (MISTAKE, ""), "dues.line_not_of_order"),
        (paid(), wish(0, 0), (MISTAKE, ""), "dues.line_repeated"),
        (paid(), wish(0), (RefundReason.OTHER, "  "), "dues.refund_words_needed"),
        (paid(promised_fen=41), wish(0), (MISTAKE, ""), "dues.refund_exceeds_paid"),
        (paid(requests=MAX_REQUESTS_PER_ORDER), wish(0), (MISTAKE, ""), "dues.too_many_refunds"),
        (paid(open_requests=MAX_REFUNDS_PER_ORDER), wish(0), (MISTAKE, ""), "dues.too_many_refunds"),
    ],
)
def test_what_is_against_it_is_named(
    order: PaidOrder, wished: list[WishedLine], said: tuple[RefundReason, str], code: str
) -> None:
    refusal = plan_refund(order, LINES, wished, *said)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_lines_that_come_to_nothing_are_no_refund() -> None:
    refusal = plan_refund(paid(), [(line(0, 0), LineStanding.PAID)], wish(0), MISTAKE, "")
    assert refusal == Refusal("dues.nothing_to_refund")


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=30), st.lists(st.sets(st.integers(0, 29)), max_size=40))
def test_whatever_is_asked_one_after_another_no_more_goes_back_than_was_paid(
    amounts: list[int], wishes: list[set[int]]
) -> None:
    lines = [line(place, fen) for place, fen in enumerate(amounts)]
    gone: set[int] = set()
    promised_fen = 0
    for asked, places in enumerate(wishes):
        standing = [(each, LineStanding.REFUNDED if each.line_no in gone else LineStanding.PAID) for each in lines]
        order = PaidOrder(OrderState.SUCCEEDED, sum(amounts), promised_fen, asked, asked)
        plan = plan_refund(order, standing, wish(*sorted(places)), MISTAKE, "")
        if isinstance(plan, RefundPlan):
            chosen = {each.line_no for each in plan.lines}
            assert not chosen & gone
            gone |= chosen
            promised_fen += plan.amount_fen
    assert promised_fen == sum(each.amount_fen for each in lines if each.line_no in gone) <= sum(amounts)


def test_an_extra_stays_with_a_month_of_its_giver_that_stays_paid() -> None:
    extra = Extra(ME, BRANCH, 500)
    first, second, third = (one for one, _ in LINES)
    assert check_extra_stays(None, LINES, (first, second, third)) is None
    assert check_extra_stays(extra, LINES, (first, second)) is None
    assert isinstance(check_extra_stays(extra, LINES, (first, second, third)), Refusal)
    asked = [(first, LineStanding.ASKED), (second, LineStanding.REFUNDED), (third, LineStanding.PAID)]
    assert isinstance(check_extra_stays(extra, asked, (third,)), Refusal)
    elsewhere = Extra(ME, OrgId("b2"), 500)
    assert isinstance(check_extra_stays(elsewhere, LINES, (first,)), Refusal)
