"""Between the contract's messages and the values of the rules. Knows both sides' shapes and no database."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from services.contracts.dues import messages as m
from services.contracts.members.messages import MemberClass
from services.contracts.values import YearMonth
from services.dues.domain.assessment import Calculation, CalculationInput, MonthIncome
from services.dues.domain.items import PayAmount, PayItems
from services.dues.domain.profile import ClassRule, ItemKind, Method, RuleProfile
from services.dues.domain.profile import MemberClass as RuleClass
from services.dues.domain.rounding import Rounding, round_fen
from services.dues.profiles import Profiles

_MAX_ARTICLE = 120


def _amounts(items: tuple[m.PayItem, ...]) -> tuple[PayAmount, ...]:
    return tuple(PayAmount(item.code, item.amount_fen) for item in items)


def to_input(
    member_class: MemberClass, month: YearMonth, pay: m.Pay, rounding: m.Rounding | None = None
) -> CalculationInput:
    """What a request says, as the rules read it."""
    return CalculationInput(
        member_class=RuleClass(member_class.value),
        month=month,
        items=PayItems(_amounts(pay.counted), _amounts(pay.left_out), _amounts(pay.deductions)),
        quarter_income=tuple(MonthIncome(income.month, income.amount_fen) for income in pay.quarter_income),
        earlier_amount_fen=pay.earlier_amount_fen,
        rounding=None if rounding is None else Rounding(rounding.value),
    )


def calculation_of(answer: Calculation, profile: RuleProfile) -> m.Calculation:
    """An answer of the rules as a message, its items named in Chinese."""
    return m.Calculation(
        base_fen=answer.base_fen,
        rate_basis_points=answer.rate_basis_points,
        amount_fen=answer.amount_fen,
        capped=answer.capped,
        voluntary_remainder_fen=answer.voluntary_remainder_fen,
        rounding=m.Rounding(answer.rounding.value),
        profile_version=answer.profile,
        explanation=tuple(_line(line.to_data(), profile) for line in answer.lines),
    )


def _line(line: Mapping[str, Any], profile: RuleProfile) -> m.ExplanationLine:
    code = line["label"] or ""
    kind = ItemKind.DEDUCTION if line["code"] == "deduction" else ItemKind.PAY
    item = profile.find_item(code, kind)
    return m.ExplanationLine(
        key=line["code"],
        item=code,
        label="" if item is None else item.name,
        amount_fen=line["amount_fen"],
        sign=line["sign"],
        rule=line["rule"],
        article=line["article"][:_MAX_ARTICLE],
        parameters={name: str(value) for name, value in line["params"].items()},
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Recorded:
    """A stored assessment's sealed record, opened: the calculation and the pay behind it (DUE-15)."""

    calculation: m.Calculation
    pay: m.Pay


def recorded(record: Mapping[str, Any], profiles: Profiles) -> Recorded:
    """Reads what ``domain.assessment.assessment_record`` kept, without working anything out anew."""
    profile = profiles.named(record["profile"])
    base = record["base"]
    calculation = m.Calculation(
        base_fen=None if base is None else _shown_fen(base),
        rate_basis_points=record["rate_basis_points"],
        amount_fen=record["amount_fen"],
        capped=record["voluntary_remainder_fen"] > 0,
        voluntary_remainder_fen=record["voluntary_remainder_fen"],
        rounding=m.Rounding(record["rounding"]),
        profile_version=record["profile"],
        explanation=tuple(_line(line, profile) for line in record["lines"]),
    )
    return Recorded(calculation, _pay(record))


def _shown_fen(base: list[int]) -> int:
    return round_fen(Fraction(*base), Rounding.HALF_UP)


def _items(pairs: list[list[Any]]) -> tuple[m.PayItem, ...]:
    return tuple(m.PayItem(code=code, amount_fen=amount_fen) for code, amount_fen in pairs)


def _pay(record: Mapping[str, Any]) -> m.Pay:
    return m.Pay(
        counted=_items(record["counted"]),
        left_out=_items(record["left_out"]),
        deductions=_items(record["deductions"]),
        quarter_income=tuple(
            m.MonthIncome(month=YearMonth.parse(month), amount_fen=amount_fen)
            for month, amount_fen in record["quarter_income"]
        ),
        earlier_amount_fen=cast(int | None, record["earlier_amount_fen"]),
    )


def profile_view(profile: RuleProfile) -> m.ProfileView:
    """The profile as the calculator's form needs it."""
    return m.ProfileView(
        version=profile.reference,
        from_month=profile.valid_from,
        rounding=m.Rounding(profile.rounding.value),
        cap_fen=profile.monthly_cap_fen,
        back_months=profile.back_limit_months,
        ahead_months=profile.ahead_limit_months,
        classes=tuple(_class(profile, rule) for rule in profile.classes),
    )


def _class(profile: RuleProfile, rule: ClassRule) -> m.ProfileClass:
    pay = tuple(
        _profile_item(profile, code, ItemKind.PAY, code in rule.counted) for code in rule.counted + rule.left_out
    )
    return m.ProfileClass(
        member_class=MemberClass(rule.member_class.value),
        label=rule.name,
        flat_fen=rule.flat_fen,
        takes_quarter_income=rule.method is Method.QUARTER_INCOME,
        may_follow_earlier=rule.may_follow_earlier,
        items=pay,
        deductions=tuple(_profile_item(profile, code, ItemKind.DEDUCTION, True) for code in rule.deductions),
    )


def _profile_item(profile: RuleProfile, code: str, kind: ItemKind, counted: bool) -> m.ProfileItem:
    item = profile.find_item(code, kind)
    assert item is not None, "a profile names only its own items"
    return m.ProfileItem(code=code, label=item.name, counted=counted, rule=item.rule, article=item.article)
