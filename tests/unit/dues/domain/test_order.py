"""What an order may hold: PAY-3, PAY-7, PAY-10, consecutive months, bounds."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import MemberId, OrgId, YearMonth
from services.dues.domain.order import (
    MAX_ORDER_LINES,
    MAX_ORDER_PEOPLE,
    MemberMonth,
    MonthState,
    OrderPlan,
    WishedLine,
    check_order,
)
from services.dues.domain.profile import DEFAULT_PROFILE, RuleProfile
from services.dues.domain.refusal import Refusal
from tests.unit.dues.domain.given import month

NOW = YearMonth(2026, 9)
ME, HER, HIM = MemberId("me"), MemberId("her"), MemberId("him")
BRANCH = OrgId("branch")
UNPAID, RESERVED, PAID = MonthState.UNPAID, MonthState.RESERVED, MonthState.PAID


def listed(
    first: str, count: int, amount_fen: int | None = 800, changed: dict[str, MemberMonth] | None = None
) -> list[MemberMonth]:
    months = [MemberMonth(month(first).plus(step), BRANCH, amount_fen) for step in range(count)]
    return [(changed or {}).get(str(each.month), each) for each in months]


def wishes(member_id: MemberId, *months: str) -> list[WishedLine]:
    return [WishedLine(member_id, month(text)) for text in months]


def check(
    wished: Sequence[WishedLine],
    months: dict[MemberId, list[MemberMonth]],
    total_fen: int,
    profile: RuleProfile = DEFAULT_PROFILE,
    payer_id: MemberId | None = ME,
) -> OrderPlan | Refusal:
    return check_order(
        current_month=NOW,
        payer_id=payer_id,
        wished=wished,
        months_by_member=months,
        expected_total_fen=total_fen,
        profile=profile,
    )


def refused(found: OrderPlan | Refusal, code: str, **detail: int | str) -> None:
    assert isinstance(found, Refusal), found
    assert found.code == code
    assert {key: found.detail.get(key) for key in detail} == detail


def placed(found: OrderPlan | Refusal) -> OrderPlan:
    assert isinstance(found, OrderPlan), found
    return found


def test_three_months_for_himself_and_two_others_in_one_order() -> None:
    months = {ME: listed("2026-07", 9), HER: listed("2026-09", 7, 20), HIM: listed("2026-08", 8, 150)}
    wished = [
        *wishes(ME, "2026-07", "2026-08", "2026-09"),
        *wishes(HER, "2026-11", "2026-09", "2026-10"),
        *wishes(HIM, "2026-08", "2026-09", "2026-10"),
    ]
    plan = placed(check(wished, months, 2400 + 60 + 450))
    assert plan.total_fen == 2910
    assert [line.line_no for line in plan.lines] == list(range(1, 10))
    assert [str(line.month) for line in plan.lines if line.member_id == HER] == ["2026-09", "2026-10", "2026-11"]
    assert {line.member_id for line in plan.lines if line.on_behalf} == {HER, HIM}


def test_every_line_of_a_relative_who_is_no_member_is_on_behalf() -> None:
    plan = placed(check(wishes(HER, "2026-09"), {HER: listed("2026-09", 1)}, 800, payer_id=None))
    assert all(line.on_behalf for line in plan.lines)


def test_each_line_goes_to_the_branch_that_holds_its_month() -> None:
    moved = [MemberMonth(month("2026-08"), OrgId("old"), 20), MemberMonth(month("2026-09"), OrgId("new"), 20)]
    plan = placed(check(wishes(ME, "2026-08", "2026-09"), {ME: moved}, 40))
    assert [line.branch_id for line in plan.lines] == ["old", "new"]


# The run of months


def test_later_month_waits_for_the_oldest_unpaid_one() -> None:
    found = check(wishes(ME, "2026-09"), {ME: listed("2026-08", 3)}, 800)
    refused(found, "dues.months_not_consecutive", member_id=ME, missing="2026-08")


def test_gap_within_the_wish_is_refused() -> None:
    found = check(wishes(ME, "2026-08", "2026-10"), {ME: listed("2026-08", 3)}, 1600)
    refused(found, "dues.months_not_consecutive", missing="2026-09")


def test_months_not_owed_or_paid_leave_no_gap() -> None:
    months = [
        MemberMonth(month("2026-05"), BRANCH, 800),
        MemberMonth(month("2026-08"), BRANCH, 800, PAID),  # June and July were not owed at all
        MemberMonth(month("2026-09"), BRANCH, 800),
    ]
    assert placed(check(wishes(ME, "2026-05", "2026-09"), {ME: months}, 1600)).total_fen == 1600


def test_one_persons_gap_refuses_the_whole_order() -> None:
    months = {ME: listed("2026-09", 1), HER: listed("2026-07", 3)}
    found = check([*wishes(ME, "2026-09"), *wishes(HER, "2026-08")], months, 1600)
    refused(found, "dues.months_not_consecutive", member_id=HER)


def test_month_held_by_another_order_cannot_be_paid_nor_passed_over() -> None:
    held = {"2026-08": MemberMonth(month("2026-08"), BRANCH, 800, RESERVED)}
    months = {ME: listed("2026-08", 2, changed=held)}
    refused(check(wishes(ME, "2026-08"), months, 800), "dues.month_reserved", month="2026-08")
    refused(check(wishes(ME, "2026-09"), months, 800), "dues.month_reserved", month="2026-08")


def test_unassessed_month_cannot_be_paid_nor_passed_over() -> None:
    unknown = {"2026-08": MemberMonth(month("2026-08"), BRANCH, None)}
    months = {ME: listed("2026-08", 2, changed=unknown)}
    refused(check(wishes(ME, "2026-08"), months, 800), "dues.month_unassessed")
    refused(check(wishes(ME, "2026-09"), months, 800), "dues.month_unassessed", month="2026-08")


def test_paid_month_is_not_paid_again() -> None:
    paid = {"2026-08": MemberMonth(month("2026-08"), BRANCH, 800, PAID)}
    found = check(wishes(ME, "2026-08", "2026-09"), {ME: listed("2026-08", 2, changed=paid)}, 1600)
    refused(found, "dues.month_already_paid", month="2026-08")


def test_underpaid_month_asks_for_what_is_missing() -> None:
    missing = {"2026-08": MemberMonth(month("2026-08"), BRANCH, 300)}
    plan = placed(check(wishes(ME, "2026-08", "2026-09"), {ME: listed("2026-08", 2, changed=missing)}, 1100))
    assert [line.amount_fen for line in plan.lines] == [300, 800]


def test_month_that_is_not_owed_is_refused() -> None:
    refused(check(wishes(ME, "2026-03"), {ME: listed("2026-08", 2)}, 800), "dues.month_not_open", month="2026-03")


def test_month_within_reach_that_is_not_listed_is_not_open_rather_than_too_far() -> None:
    found = check(wishes(ME, "2026-09", "2027-03"), {ME: listed("2026-09", 1)}, 800)
    refused(found, "dues.month_not_open", month="2027-03")


# Months of zero fen


def test_month_of_zero_stands_in_nobodys_way() -> None:
    months = {ME: listed("2026-08", 2, changed={"2026-08": MemberMonth(month("2026-08"), BRANCH, 0)})}
    assert placed(check(wishes(ME, "2026-09"), months, 800)).total_fen == 800


def test_month_of_zero_may_go_along_for_an_unbroken_span() -> None:
    months = {ME: listed("2026-08", 2, changed={"2026-08": MemberMonth(month("2026-08"), BRANCH, 0)})}
    plan = placed(check(wishes(ME, "2026-08", "2026-09"), months, 800))
    assert [line.amount_fen for line in plan.lines] == [0, 800]


def test_order_that_comes_to_nothing_is_refused() -> None:
    refused(check(wishes(ME, "2026-09"), {ME: listed("2026-09", 1, 0)}, 0), "dues.nothing_to_pay")


# PAY-3


def test_six_months_back_and_six_ahead_may_be_paid_at_once() -> None:
    all_months = [str(month("2026-03").plus(step)) for step in range(13)]
    plan = placed(check(wishes(ME, *all_months), {ME: listed("2026-03", 13)}, 13 * 800))
    assert len(plan.lines) == 13


def test_seven_unpaid_months_need_a_note_even_for_paying_one_of_them() -> None:
    months = {ME: listed("2026-02", 8)}
    refused(check(wishes(ME, "2026-02"), months, 800), "dues.too_many_back_months", count=7, limit=6)
    lenient = replace(DEFAULT_PROFILE, back_limit_months=7)
    assert placed(check(wishes(ME, "2026-02"), months, 800, lenient)).total_fen == 800


def test_only_unpaid_months_count_however_old_they_are() -> None:
    months = [
        MemberMonth(month("2025-01"), BRANCH, 800),
        *(MemberMonth(month("2025-02").plus(step), BRANCH, 800, PAID) for step in range(18)),
        *(MemberMonth(month("2026-08").plus(step), BRANCH, 800) for step in range(2)),
    ]
    assert placed(check(wishes(ME, "2025-01"), {ME: months}, 800)).total_fen == 800


def test_months_of_zero_do_not_count_towards_the_limit() -> None:
    months = [*listed("2026-02", 1, 0), *listed("2026-03", 6)]
    assert placed(check(wishes(ME, "2026-03"), {ME: months}, 800)).total_fen == 800


@pytest.mark.parametrize("known", [True, False])
def test_seventh_month_ahead_is_too_far(known: bool) -> None:
    ahead = [str(NOW.plus(step)) for step in range(8)]
    months = {ME: listed("2026-09", 8 if known else 7)}
    refused(check(wishes(ME, *ahead), months, 8 * 800), "dues.too_far_ahead", month="2027-04")
    if known:
        farther = replace(DEFAULT_PROFILE, ahead_limit_months=7)
        assert len(placed(check(wishes(ME, *ahead), months, 8 * 800, farther)).lines) == 8


# PAY-10 and shape


@pytest.mark.parametrize("shown_fen", [0, 799, 801, -800])
def test_total_is_worked_out_anew_and_must_be_what_the_payer_saw(shown_fen: int) -> None:
    found = check(wishes(ME, "2026-09"), {ME: listed("2026-09", 1)}, shown_fen)
    refused(found, "dues.total_changed", expected_fen=shown_fen, total_fen=800)


def test_empty_repeated_and_unknown_are_refused() -> None:
    months = {ME: listed("2026-09", 2)}
    refused(check([], months, 0), "dues.order_empty")
    refused(check(wishes(ME, "2026-09", "2026-09"), months, 1600), "dues.line_repeated", month="2026-09")
    refused(check(wishes(HER, "2026-09"), months, 800), "dues.beneficiary_unknown", member_id=HER)


def people(count: int) -> list[MemberId]:
    return [MemberId(f"p{number}") for number in range(count)]


def test_fifty_people_with_four_months_each_fit_and_no_more() -> None:
    months = {who: listed("2026-09", 5, 20) for who in people(51)}
    four = [wish for who in people(50) for wish in wishes(who, "2026-09", "2026-10", "2026-11", "2026-12")]
    assert len(four) == MAX_ORDER_LINES
    assert placed(check(four, months, 4000)).total_fen == 4000
    refused(
        check([*four, WishedLine(people(50)[0], month("2027-01"))], months, 4020),
        "dues.order_too_many_lines",
        limit=200,
    )
    everybody = [wish for who in people(51) for wish in wishes(who, "2026-09")]
    refused(check(everybody, months, 1020), "dues.order_too_many_people", count=51, limit=MAX_ORDER_PEOPLE)


def test_listed_months_are_bounded_at_twenty_years() -> None:
    old = [MemberMonth(month("2006-09").plus(step), BRANCH, 800, PAID) for step in range(240)]
    assert placed(check(wishes(ME, "2026-09"), {ME: [*old[1:], *listed("2026-09", 1)]}, 800)).total_fen == 800
    with pytest.raises(ValueError, match="bounded"):
        check(wishes(ME, "2026-09"), {ME: [*old, *listed("2026-09", 1)]}, 800)


def test_months_listed_twice_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="listed once"):
        check(wishes(ME, "2026-09"), {ME: listed("2026-09", 1) * 2}, 800)


states = st.sampled_from([UNPAID, UNPAID, UNPAID, PAID, RESERVED])


@st.composite
def member_months(draw: st.DrawFn) -> list[MemberMonth]:
    offsets = draw(st.lists(st.integers(-6, 6), unique=True, min_size=1, max_size=13))
    amount = st.sampled_from([0, 20, 800, None])
    return [MemberMonth(NOW.plus(offset), BRANCH, draw(amount), draw(states)) for offset in offsets]


@given(member_months(), st.sets(st.integers(-6, 6), min_size=1))
def test_an_order_passes_exactly_when_its_months_are_the_oldest_that_ask_for_money(
    months: list[MemberMonth], offsets: set[int]
) -> None:
    wished = {NOW.plus(offset) for offset in offsets}
    by_month = {each.month: each for each in months}
    payable = all(
        each in by_month and by_month[each].state is UNPAID and by_month[each].amount_fen is not None for each in wished
    )
    asking = sorted(each.month for each in months if each.state is not PAID and each.amount_fen != 0)
    is_run = set(asking[: sum(1 for each in asking if each <= max(wished))]) <= wished
    total = sum((by_month[each].amount_fen or 0) for each in wished if each in by_month)
    found = check([WishedLine(ME, each) for each in sorted(wished)], {ME: months}, total)
    assert isinstance(found, OrderPlan) == (payable and is_run and total > 0)
    if isinstance(found, OrderPlan):
        assert found.total_fen == sum(line.amount_fen for line in found.lines)
        assert {line.month for line in found.lines} == wished
