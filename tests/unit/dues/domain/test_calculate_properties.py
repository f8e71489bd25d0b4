"""What must hold of every calculation, whatever the figures."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import YearMonth
from services.dues.domain.assessment import (
    Calculation,
    CalculationInput,
    MonthIncome,
    assessment_record,
    calculate,
    quarter_before,
)
from services.dues.domain.items import MAX_AMOUNT_FEN, PayAmount, PayItems
from services.dues.domain.profile import DEFAULT_PROFILE, ClassRule, MemberClass, Method
from services.dues.domain.refusal import REFUSALS, Refusal, refuse
from services.dues.domain.rounding import Rounding

PAID_BY_ITEMS = [rule for rule in DEFAULT_PROFILE.classes if rule.counted]
ALL_CODES = [item.code for item in DEFAULT_PROFILE.items] + ["unheard_of", ""]
SEPTEMBER = YearMonth(2026, 9)
amounts = st.one_of(
    st.integers(0, 2_000_000), st.sampled_from([0, 1, 299_999, 300_000, 300_001, 500_000, 1_000_000, MAX_AMOUNT_FEN])
)
roundings = st.sampled_from(Rounding)


@st.composite
def right_inputs(draw: st.DrawFn) -> CalculationInput:
    """Inputs that only a base of zero or less can refuse."""
    rule = draw(st.sampled_from(PAID_BY_ITEMS))

    def some(codes: tuple[str, ...], least: int) -> tuple[PayAmount, ...]:
        if not codes:
            return ()
        chosen = draw(st.lists(st.sampled_from(codes), unique=True, min_size=least))
        return tuple(PayAmount(code, draw(amounts)) for code in chosen)

    items = PayItems(some(rule.counted, 1), some(rule.left_out, 0), some(rule.deductions, 0))
    return CalculationInput(rule.member_class, SEPTEMBER, items, rounding=draw(roundings))


@st.composite
def any_inputs(draw: st.DrawFn) -> CalculationInput:
    parts = st.lists(st.builds(PayAmount, st.sampled_from(ALL_CODES), st.integers(-5, MAX_AMOUNT_FEN + 5)), max_size=6)
    months = st.builds(YearMonth, st.integers(2015, 2028), st.integers(1, 12))
    quarter = st.lists(st.builds(MonthIncome, months, st.integers(-(10**6), 10**6)), max_size=4)
    return CalculationInput(
        member_class=draw(st.sampled_from(MemberClass)),
        month=draw(months),
        items=PayItems(tuple(draw(parts)), tuple(draw(parts)), tuple(draw(parts))),
        quarter_income=tuple(draw(quarter)),
        earlier_amount_fen=draw(st.none() | st.integers(-5, 200_000)),
        rounding=draw(st.none() | roundings),
    )


@given(any_inputs())
def test_anything_is_answered_or_refused_by_name(given_input: CalculationInput) -> None:
    answer = calculate(DEFAULT_PROFILE, given_input)
    if isinstance(answer, Refusal):
        assert answer.code in REFUSALS
    else:
        assert 0 <= answer.amount_fen <= DEFAULT_PROFILE.monthly_cap_fen
        assert answer.lines


@given(right_inputs())
def test_base_is_counted_less_deducted_and_refused_when_not_positive(given_input: CalculationInput) -> None:
    expected = sum(item.amount_fen for item in given_input.items.counted)
    expected -= sum(item.amount_fen for item in given_input.items.deductions)
    answer = calculate(DEFAULT_PROFILE, given_input)
    if expected <= 0:
        assert isinstance(answer, Refusal)
        assert answer.code == "dues.base_not_positive"
    else:
        assert isinstance(answer, Calculation)
        assert answer.base == expected == answer.base_fen


@given(right_inputs())
def test_amount_is_within_one_rounding_step_of_base_times_rate(given_input: CalculationInput) -> None:
    answer = calculate(DEFAULT_PROFILE, given_input)
    if isinstance(answer, Calculation) and answer.base is not None and answer.rate_basis_points is not None:
        exact = answer.base * Fraction(answer.rate_basis_points, 10_000)
        step = {Rounding.TO_JIAO: 5, Rounding.DOWN: 1}.get(answer.rounding, Fraction(1, 2))
        assert abs(answer.amount_fen + answer.voluntary_remainder_fen - exact) <= step


@given(right_inputs())
def test_what_is_left_out_never_changes_the_amount(given_input: CalculationInput) -> None:
    without = replace(given_input, items=replace(given_input.items, left_out=()))
    with_it, bare = calculate(DEFAULT_PROFILE, given_input), calculate(DEFAULT_PROFILE, without)
    assert isinstance(with_it, Refusal) == isinstance(bare, Refusal)
    if isinstance(with_it, Calculation) and isinstance(bare, Calculation):
        assert with_it.amount_fen == bare.amount_fen
        assert with_it.rate_basis_points == bare.rate_basis_points


@given(right_inputs())
def test_order_of_items_never_changes_the_amount(given_input: CalculationInput) -> None:
    items = given_input.items
    turned = PayItems(items.counted[::-1], items.left_out[::-1], items.deductions[::-1])
    answer, again = (
        calculate(DEFAULT_PROFILE, given_input),
        calculate(DEFAULT_PROFILE, replace(given_input, items=turned)),
    )
    if isinstance(answer, Calculation) and isinstance(again, Calculation):
        assert (answer.amount_fen, answer.base) == (again.amount_fen, again.base)
    else:
        assert answer == again


@given(st.sampled_from(PAID_BY_ITEMS), amounts, amounts, roundings)
def test_more_pay_never_means_less_dues(rule: ClassRule, first: int, second: int, rounding: Rounding) -> None:
    def owed(amount_fen: int) -> int:
        items = PayItems((PayAmount(rule.counted[0], amount_fen),))
        answer = calculate(DEFAULT_PROFILE, CalculationInput(rule.member_class, SEPTEMBER, items, rounding=rounding))
        return answer.amount_fen if isinstance(answer, Calculation) else 0

    assert owed(min(first, second)) <= owed(max(first, second))


@given(st.builds(YearMonth, st.integers(2017, 2100), st.integers(1, 12)))
def test_quarter_before_is_a_calendar_quarter_that_ends_one_to_three_months_earlier(month: YearMonth) -> None:
    first, middle, last = quarter_before(month)
    assert first.month in (1, 4, 7, 10)
    assert (first.plus(1), first.plus(2)) == (middle, last)
    assert 1 <= last.months_until(month) <= 3


@given(st.tuples(*[st.integers(-1_000_000, 5_000_000)] * 3))
def test_quarter_base_is_the_exact_third_of_the_sum(incomes: tuple[int, int, int]) -> None:
    months = quarter_before(SEPTEMBER)
    quarter = tuple(MonthIncome(month, fen) for month, fen in zip(months, incomes, strict=True))
    answer = calculate(DEFAULT_PROFILE, CalculationInput(MemberClass.SELF_EMPLOYED, SEPTEMBER, quarter_income=quarter))
    if sum(incomes) <= 0:
        assert answer == Refusal("dues.base_not_positive")
    else:
        assert isinstance(answer, Calculation)
        assert answer.base == Fraction(sum(incomes), 3)
        assert answer.method is Method.QUARTER_INCOME


@given(right_inputs())
def test_record_of_an_assessment_keeps_all_that_due_15_asks_for(given_input: CalculationInput) -> None:
    answer = calculate(DEFAULT_PROFILE, given_input)
    if isinstance(answer, Calculation):
        record = assessment_record(given_input, answer)
        assert record["member_class"] == given_input.member_class.value
        assert record["counted"] == [[item.code, item.amount_fen] for item in given_input.items.counted]
        assert record["deductions"] == [[item.code, item.amount_fen] for item in given_input.items.deductions]
        assert record["left_out"] == [[item.code, item.amount_fen] for item in given_input.items.left_out]
        assert (record["profile"], record["rounding"]) == ("sichuan/1", answer.rounding.value)
        assert answer.base is not None
        assert record["base"] == [answer.base.numerator, 1]
        assert record["rate_basis_points"] == answer.rate_basis_points
        assert record["lines"] == [line.to_data() for line in answer.lines]


def test_record_of_a_fixed_amount_has_no_base() -> None:
    flat = CalculationInput(MemberClass.FARMER, SEPTEMBER)
    answer = calculate(DEFAULT_PROFILE, flat)
    assert isinstance(answer, Calculation)
    record = assessment_record(flat, answer)
    assert (record["base"], record["rate_basis_points"], record["amount_fen"]) == (None, None, 20)


def test_wrong_quarter_is_told_which_months_are_wanted() -> None:
    answer = calculate(DEFAULT_PROFILE, CalculationInput(MemberClass.SELF_EMPLOYED, SEPTEMBER))
    assert answer == refuse("dues.quarter_months_wrong", first="2026-04", last="2026-06")


def test_forty_items_are_looked_at_and_forty_one_are_not() -> None:
    strange = tuple(PayAmount(f"item_{number}", 1) for number in range(41))

    def code(count: int) -> str:
        given_input = CalculationInput(MemberClass.ENTERPRISE, SEPTEMBER, PayItems(strange[:count]))
        answer = calculate(DEFAULT_PROFILE, given_input)
        assert isinstance(answer, Refusal)
        return answer.code

    assert (code(40), code(41)) == ("dues.item_unknown", "dues.too_many_items")
