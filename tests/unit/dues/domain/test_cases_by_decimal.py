"""The worked cases held against a second calculation in decimal yuan, which shares no code with the product.

It keeps its own table of rates and its own reading of the items, so that a slip in a hand value shows here, and a slip
in the product shows in ``test_worked_cases``.
"""

from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest

from tests.cases.dues import load_calculations

CASES = load_calculations()
ANSWERED = [case for case in CASES if "refused" not in case["expect"]]
FLAT = {"farmer", "student", "laid_off", "relief", "minimum_allowance"}
MODES = {None: ROUND_HALF_UP, "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
EDGES = {"2999.99", "3000.00", "3000.01", "4999.99", "5000.00", "5000.01", "9999.99", "10000.00", "10000.01"}
WAGE_LIKE = ("civil_servant", "public_institution", "office_worker", "enterprise", "annual_salary", "village_cadre")


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def rate_per_cent(member_class: str, base: Decimal) -> Decimal:
    if member_class == "retired":
        return Decimal("0.5") if base <= 5000 else Decimal("1")
    if base <= 3000:
        return Decimal("0.5")
    if base <= 5000:
        return Decimal("1")
    return Decimal("1.5") if base <= 10000 else Decimal("2")


def work_out(given: dict[str, Any]) -> tuple[Decimal | None, Decimal | None, Decimal, Decimal]:
    """Base and rate in percent (None where there is none), due and voluntary remainder, all in yuan."""
    if given["member_class"] in FLAT:
        return None, None, Decimal("0.20"), Decimal(0)
    if given["earlier_amount_fen"] is not None:
        return None, None, yuan(given["earlier_amount_fen"]), Decimal(0)
    with localcontext() as context:
        context.prec = 50  # a third of a fen is cut forty places behind the point, far from any edge
        if given["member_class"] == "self_employed":
            base = sum((yuan(part["amount_fen"]) for part in given["quarter_income"]), Decimal(0)) / 3
        else:
            added = sum((yuan(part["amount_fen"]) for part in given["counted"]), Decimal(0))
            base = added - sum((yuan(part["amount_fen"]) for part in given["deductions"]), Decimal(0))
        rate = rate_per_cent(given["member_class"], base)
        due = base * rate / 100
        if given["rounding"] == "to_jiao":
            due = due.quantize(Decimal("0.1"), ROUND_HALF_UP)
        else:
            due = due.quantize(Decimal("0.01"), MODES[given["rounding"]])
        return base, rate, min(due, Decimal(1000)), max(due - 1000, Decimal(0))


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["name"])
def test_hand_value_agrees_with_decimal_yuan(case: dict[str, Any]) -> None:
    base, rate, due, rest = work_out(case["given"])
    expect = case["expect"]
    assert Decimal(expect["amount_fen"]) == due * 100
    assert Decimal(expect["voluntary_remainder_fen"]) == rest * 100
    assert expect["rate_basis_points"] == (None if rate is None else rate * 100)
    shown = None if base is None else (base * 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert expect["base_fen"] == shown


def test_rounding_rule_is_named_exactly_when_rounding_moved_the_amount() -> None:
    for case in ANSWERED:
        base, rate, due, rest = work_out(case["given"])
        if base is not None and rate is not None:
            moved = abs(base * rate / 100 - (due + rest)) > Decimal("1e-30")
            assert moved == ("DUE-15" in case["expect"]["rules"]), case["name"]


def test_there_are_enough_cases_and_each_has_its_own_name() -> None:
    assert len(CASES) >= 140
    assert max(Counter(case["name"] for case in CASES).values()) == 1


@pytest.mark.parametrize("member_class", WAGE_LIKE)
def test_every_edge_has_its_three_cases(member_class: str) -> None:
    own = [case for case in ANSWERED if case["given"]["member_class"] == member_class]
    bases = {f"{yuan(case['expect']['base_fen']):.2f}" for case in own}
    assert bases >= EDGES


def test_every_member_class_is_answered_and_every_refusal_of_calculating_is_met() -> None:
    classes = {case["given"]["member_class"] for case in ANSWERED}
    assert classes == {*WAGE_LIKE, *FLAT, "self_employed", "retired"}
    assert {case["expect"]["refused"] for case in CASES if "refused" in case["expect"]} == {
        "dues.amount_negative",
        "dues.amount_too_large",
        "dues.base_not_positive",
        "dues.deduction_not_for_class",
        "dues.deduction_unknown",
        "dues.earlier_amount_not_for_class",
        "dues.earlier_amount_with_items",
        "dues.item_must_be_counted",
        "dues.item_not_counted_for_class",
        "dues.item_not_for_class",
        "dues.item_repeated",
        "dues.item_unknown",
        "dues.month_before_rule_profile",
        "dues.nothing_counted",
        "dues.quarter_income_not_for_class",
        "dues.quarter_months_wrong",
        "dues.too_many_items",
    }
