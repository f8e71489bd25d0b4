"""Short ways to say what a test is about: inputs from the case file, profiles that differ in one point."""

from dataclasses import replace
from typing import Any

from services.contracts.values import YearMonth
from services.dues.domain.assessment import CalculationInput, MonthIncome
from services.dues.domain.items import PayAmount, PayItems
from services.dues.domain.profile import DEFAULT_PROFILE, ClassRule, MemberClass, RuleProfile
from services.dues.domain.rounding import Rounding


def pay(parts: list[dict[str, Any]]) -> tuple[PayAmount, ...]:
    return tuple(PayAmount(part["code"], part["amount_fen"]) for part in parts)


def input_of(given: dict[str, Any]) -> CalculationInput:
    """The domain's input from a case's ``given``."""
    return CalculationInput(
        member_class=MemberClass(given["member_class"]),
        month=YearMonth.parse(given["month"]),
        items=PayItems(pay(given["counted"]), pay(given["left_out"]), pay(given["deductions"])),
        quarter_income=tuple(
            MonthIncome(YearMonth.parse(part["month"]), part["amount_fen"]) for part in given["quarter_income"]
        ),
        earlier_amount_fen=given["earlier_amount_fen"],
        rounding=None if given["rounding"] is None else Rounding(given["rounding"]),
    )


def with_class(changed: ClassRule, profile: RuleProfile = DEFAULT_PROFILE) -> RuleProfile:
    """The profile with one class rule in place of its own."""
    classes = tuple(changed if rule.member_class is changed.member_class else rule for rule in profile.classes)
    return replace(profile, classes=classes)


def month(text: str) -> YearMonth:
    return YearMonth.parse(text)
