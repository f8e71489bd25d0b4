"""Every worked case against the rules, and the twins: rules with one mistake in them, which the cases must notice."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from services.dues.domain.assessment import Calculation, calculate
from services.dues.domain.explanation import LineCode, rules_of
from services.dues.domain.profile import DEFAULT_PROFILE, Bracket, MemberClass, Method, RuleProfile
from services.dues.domain.rates import rate_amount
from services.dues.domain.refusal import Refusal
from services.dues.domain.rounding import Rounding
from tests.cases.dues import load_calculations
from tests.unit.dues.domain.given import input_of, with_class

CASES = load_calculations()


def answer_of(profile: RuleProfile, case: dict[str, Any]) -> dict[str, Any]:
    """The product's answer in the form of the case's ``expect``."""
    answer = calculate(profile, input_of(case["given"]))
    if isinstance(answer, Refusal):
        return {"refused": answer.code}
    found: dict[str, Any] = {
        "base_fen": answer.base_fen,
        "rate_basis_points": answer.rate_basis_points,
        "amount_fen": answer.amount_fen,
        "voluntary_remainder_fen": answer.voluntary_remainder_fen,
        "rules": list(rules_of(answer.lines)),
    }
    if answer.base is not None and answer.base.denominator != 1:
        found["base_exact_fen"] = str(answer.base)
    return found


def failing(profile: RuleProfile) -> set[str]:
    return {case["name"] for case in CASES if answer_of(profile, case) != case["expect"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_worked_case(case: dict[str, Any]) -> None:
    assert answer_of(DEFAULT_PROFILE, case) == case["expect"]


def test_lines_of_every_case_add_up_to_its_base() -> None:
    for case in CASES:
        answer = calculate(DEFAULT_PROFILE, input_of(case["given"]))
        if isinstance(answer, Calculation) and answer.base is not None:
            total_fen = sum(line.sign * (line.amount_fen or 0) for line in answer.lines)
            parts = 3 if answer.method is Method.QUARTER_INCOME else 1
            assert total_fen == answer.base * parts, case["name"]


def test_answer_is_capped_exactly_when_something_is_left_to_free_will() -> None:
    for case in CASES:
        answer = calculate(DEFAULT_PROFILE, input_of(case["given"]))
        if isinstance(answer, Calculation):
            assert answer.capped == (case["expect"]["voluntary_remainder_fen"] > 0), case["name"]


def test_base_that_is_not_positive_never_reaches_a_rate() -> None:
    with pytest.raises(ValueError, match="DUE-5"):
        rate_amount(DEFAULT_PROFILE, Fraction(0), retired=False, rounding=Rounding.HALF_UP)


def test_every_line_names_its_article() -> None:
    for case in CASES:
        answer = calculate(DEFAULT_PROFILE, input_of(case["given"]))
        if isinstance(answer, Calculation):
            assert all(line.article for line in answer.lines), case["name"]


def test_explanation_of_a_whole_pay_slip_line_by_line() -> None:
    case = next(case for case in CASES if case["name"] == "office worker below three thousand after deductions")
    answer = calculate(DEFAULT_PROFILE, input_of(case["given"]))
    assert isinstance(answer, Calculation)
    assert [(line.code, line.rule, line.label, line.amount_fen, line.sign) for line in answer.lines] == [
        (LineCode.ITEM_COUNTED, "DUE-3", "position_salary", 180_000, 1),
        (LineCode.ITEM_COUNTED, "DUE-3", "technical_grade_salary", 150_000, 1),
        (LineCode.DEDUCTION, "DUE-4", "housing_fund", 39_600, -1),
        (LineCode.BASE, "DUE-3", None, 290_400, 0),
        (LineCode.RATE, "DUE-1", None, None, 0),
        (LineCode.WHOLE_BASE, "DUE-2", None, None, 0),
    ]
    assert dict(answer.lines[4].params) == {"above_fen": 0, "up_to_fen": 300_000, "rate_basis_points": 50}
    assert dict(answer.lines[5].params) == {"exact_numerator": 1452, "exact_denominator": 1}
    assert answer.lines[4].article == "中组发〔2008〕3号 第二条"


def shifted(by_fen: int) -> RuleProfile:
    """Edges moved by a fen: -1 gives the edge itself to the higher rate, as a wrong comparison would."""
    moved = tuple(
        Bracket(None if each.up_to_fen is None else each.up_to_fen + by_fen, each.rate_basis_points)
        for each in DEFAULT_PROFILE.wage_brackets
    )
    return replace(DEFAULT_PROFILE, wage_brackets=moved)


EDGE_CASES = {f"{each} at {edge}" for each in ("civil_servant", "village_cadre") for edge in ("3000.00", "10000.00")}
PAST_EDGE_CASES = {"enterprise at 5000.01", "annual_salary at 10000.01", "self-employed mean 3000.01"}


def retired_shifted() -> RuleProfile:
    return replace(DEFAULT_PROFILE, retired_brackets=(Bracket(499_999, 50), Bracket(None, 100)))


def retired_like_wages() -> RuleProfile:
    return replace(DEFAULT_PROFILE, retired_brackets=DEFAULT_PROFILE.wage_brackets)


def incentive_counted() -> RuleProfile:
    rule = DEFAULT_PROFILE.class_rule(MemberClass.PUBLIC_INSTITUTION)
    left_out = tuple(code for code in rule.left_out if code != "incentive_performance_pay")
    return with_class(replace(rule, counted=(*rule.counted, "incentive_performance_pay"), left_out=left_out))


def farmer_pays_more() -> RuleProfile:
    return with_class(replace(DEFAULT_PROFILE.class_rule(MemberClass.FARMER), flat_fen=21))


@pytest.mark.parametrize(
    ("mistaken", "noticed_by"),
    [
        (shifted(-1), EDGE_CASES),
        (shifted(+1), PAST_EDGE_CASES),
        (retired_shifted(), {"retired 5000.00"}),
        (retired_like_wages(), {"retired at 3000.01 has no edge there"}),
        (replace(DEFAULT_PROFILE, rounding=Rounding.DOWN), {"one and a half fen rounds up"}),
        (replace(DEFAULT_PROFILE, rounding=Rounding.HALF_EVEN), {"half a fen above the cap"}),
        (replace(DEFAULT_PROFILE, monthly_cap_fen=100_001), {"one fen above the cap"}),
        (replace(DEFAULT_PROFILE, monthly_cap_fen=99_999), {"exactly the cap", "retired at the cap"}),
        (incentive_counted(), {"incentive pay may not be counted"}),
        (farmer_pays_more(), {"farmer pays the fixed amount"}),
    ],
    ids=[
        "edges belong to the higher rate",
        "edges a fen too high",
        "retired edge to the higher rate",
        "retired with wage brackets",
        "fen cut",
        "half to even",
        "cap a fen too high",
        "cap a fen too low",
        "incentive pay counted",
        "farmer 0.21",
    ],
)
def test_twin_rules_with_one_mistake_are_noticed(mistaken: RuleProfile, noticed_by: set[str]) -> None:
    names = {case["name"] for case in CASES}
    assert noticed_by <= names
    assert noticed_by <= failing(mistaken)
