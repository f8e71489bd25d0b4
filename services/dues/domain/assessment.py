"""How much a member owes a month, and why: ``calculate`` for every member class (DUE-1 to DUE-10, DUE-14).

Owns the input, the answer and the record that an assessment keeps (DUE-15). Items are ``items``, brackets are
``rates``. From which month an amount holds, and until when, is ``obligation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from services.contracts.values import YearMonth
from services.dues.domain.explanation import ExplanationLine, LineCode
from services.dues.domain.items import PayItems, check_amount, check_items, sum_items
from services.dues.domain.profile import ClassRule, MemberClass, Method, RuleProfile
from services.dues.domain.rates import rate_amount
from services.dues.domain.refusal import Refusal, refuse
from services.dues.domain.rounding import Rounding, round_fen

MONTHS_PER_QUARTER = 3
NO_ITEMS = PayItems()


@dataclass(frozen=True, slots=True)
class MonthIncome:
    """Net income of one month of a member who is not paid monthly. A loss is a negative income (DUE-7)."""

    month: YearMonth
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CalculationInput:
    """What an amount is worked out from. ``rounding`` None takes the profile's; amounts are fen of the one month.

    ``quarter_income`` is for members not paid monthly (DUE-7), ``earlier_amount_fen`` for retired members whose pension
    cannot be split (DUE-8); each is refused for any other class.
    """

    member_class: MemberClass
    month: YearMonth
    items: PayItems = NO_ITEMS
    quarter_income: tuple[MonthIncome, ...] = ()
    earlier_amount_fen: int | None = None
    rounding: Rounding | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """The answer. ``base`` is exact fen and None where the class has none; ``amount_fen`` is what is owed a month.

    ``voluntary_remainder_fen`` is what the rate would have asked above the cap: never owed, only told (DUE-14).
    """

    member_class: MemberClass
    month: YearMonth
    profile: str
    rounding: Rounding
    method: Method
    base: Fraction | None
    rate_basis_points: int | None
    amount_fen: int
    voluntary_remainder_fen: int
    lines: tuple[ExplanationLine, ...]

    @property
    def capped(self) -> bool:
        return self.voluntary_remainder_fen > 0

    @property
    def base_fen(self) -> int | None:
        """The base in whole fen, half-up, to be shown. Brackets and amount rest on the exact ``base``."""
        return None if self.base is None else round_fen(self.base, Rounding.HALF_UP)


@dataclass(frozen=True, slots=True)
class _Base:
    """A base on its way to a rate: exact fen, and the lines that led to it."""

    exact: Fraction
    lines: tuple[ExplanationLine, ...]


def quarter_before(month: YearMonth) -> tuple[YearMonth, YearMonth, YearMonth]:
    """The three months of the calendar quarter before the month's own quarter (DUE-7)."""
    first = month.plus(-((month.month - 1) % MONTHS_PER_QUARTER) - MONTHS_PER_QUARTER)
    return first, first.plus(1), first.plus(2)


def _base_line(profile: RuleProfile, rule: str, exact: Fraction) -> ExplanationLine:
    params = (("exact_numerator", exact.numerator), ("exact_denominator", exact.denominator))
    shown_fen = round_fen(exact, Rounding.HALF_UP)
    return ExplanationLine(LineCode.BASE, rule, profile.article(rule), amount_fen=shown_fen, params=params)


def _from_items(profile: RuleProfile, rule: ClassRule, given: CalculationInput) -> _Base | Refusal:
    summed = sum_items(profile, rule, given.items)
    if isinstance(summed, Refusal):
        return summed
    return _Base(Fraction(summed.sum_fen), summed.lines)


def _from_quarter(profile: RuleProfile, rule: ClassRule, given: CalculationInput) -> _Base | Refusal:
    wrong = check_items(profile, rule, given.items)
    if wrong is not None:
        return wrong
    wanted = quarter_before(given.month)
    incomes = sorted(given.quarter_income[: MONTHS_PER_QUARTER + 1], key=lambda income: income.month)
    if tuple(income.month for income in incomes) != wanted:
        return refuse("dues.quarter_months_wrong", first=str(wanted[0]), last=str(wanted[2]))
    for income in incomes:
        too_large = check_amount(abs(income.amount_fen), str(income.month))
        if too_large is not None:
            return too_large
    article = profile.article(rule.rule)
    lines = tuple(
        ExplanationLine(LineCode.QUARTER_MONTH, rule.rule, article, str(income.month), income.amount_fen, +1)
        for income in incomes
    )
    total_fen = sum(income.amount_fen for income in incomes)
    return _Base(Fraction(total_fen, MONTHS_PER_QUARTER), lines)


def _answer(
    profile: RuleProfile,
    given: CalculationInput,
    *,
    amount_fen: int,
    lines: tuple[ExplanationLine, ...],
    base: Fraction | None = None,
    rate_basis_points: int | None = None,
    voluntary_remainder_fen: int = 0,
) -> Calculation:
    return Calculation(
        member_class=given.member_class,
        month=given.month,
        profile=profile.reference,
        rounding=given.rounding or profile.rounding,
        method=profile.class_rule(given.member_class).method,
        base=base,
        rate_basis_points=rate_basis_points,
        amount_fen=amount_fen,
        voluntary_remainder_fen=voluntary_remainder_fen,
        lines=lines,
    )


def _flat(profile: RuleProfile, rule: ClassRule, given: CalculationInput) -> Calculation | Refusal:
    wrong = check_items(profile, rule, given.items)
    if wrong is not None:
        return wrong
    assert rule.flat_fen is not None, "a flat class has its amount"
    line = ExplanationLine(LineCode.FLAT_AMOUNT, rule.rule, profile.article(rule.rule), amount_fen=rule.flat_fen)
    return _answer(profile, given, amount_fen=rule.flat_fen, lines=(line,))


def _follow_earlier(
    profile: RuleProfile, rule: ClassRule, given: CalculationInput, earlier_fen: int
) -> Calculation | Refusal:
    """DUE-8: where a pension cannot be split, the amount paid so far may be followed; the cap holds all the same."""
    if not rule.may_follow_earlier:
        return refuse("dues.earlier_amount_not_for_class", member_class=rule.member_class.value)
    if given.items.all():
        return refuse("dues.earlier_amount_with_items")
    if earlier_fen < 0:
        return refuse("dues.amount_negative", item="earlier_amount")
    if earlier_fen > profile.monthly_cap_fen:
        return refuse("dues.amount_too_large", item="earlier_amount", max_fen=profile.monthly_cap_fen)
    line = ExplanationLine(LineCode.EARLIER_AMOUNT, "DUE-8", profile.article("DUE-8"), amount_fen=earlier_fen)
    return _answer(profile, given, amount_fen=earlier_fen, lines=(line,))


def calculate(profile: RuleProfile, given: CalculationInput) -> Calculation | Refusal:
    """The monthly due of a member under a profile, with its explanation, or the named reason why there is none."""
    if given.month < profile.valid_from:
        return refuse("dues.month_before_rule_profile", valid_from=str(profile.valid_from))
    rule = profile.class_rule(given.member_class)
    if given.quarter_income and rule.method is not Method.QUARTER_INCOME:
        return refuse("dues.quarter_income_not_for_class", member_class=rule.member_class.value)
    if given.earlier_amount_fen is not None:
        return _follow_earlier(profile, rule, given, given.earlier_amount_fen)
    if rule.method is Method.FLAT:
        return _flat(profile, rule, given)
    quarterly = rule.method is Method.QUARTER_INCOME
    base = _from_quarter(profile, rule, given) if quarterly else _from_items(profile, rule, given)
    if isinstance(base, Refusal):
        return base
    if base.exact <= 0:
        return refuse("dues.base_not_positive")
    retired = rule.method is Method.PENSION
    rated = rate_amount(profile, base.exact, retired=retired, rounding=given.rounding or profile.rounding)
    return _answer(
        profile,
        given,
        amount_fen=rated.amount_fen,
        lines=(*base.lines, _base_line(profile, rule.rule, base.exact), *rated.lines),
        base=base.exact,
        rate_basis_points=rated.rate_basis_points,
        voluntary_remainder_fen=rated.voluntary_remainder_fen,
    )


def assessment_record(given: CalculationInput, answer: Calculation) -> dict[str, object]:
    """What an assessment keeps of how it came about, as JSON data (DUE-15). Holds pay: seal it before storing it.

    Who set it and when stand beside the record, in plain columns.
    """
    return {
        "member_class": given.member_class.value,
        "month": str(given.month),
        "counted": [[item.code, item.amount_fen] for item in given.items.counted],
        "left_out": [[item.code, item.amount_fen] for item in given.items.left_out],
        "deductions": [[item.code, item.amount_fen] for item in given.items.deductions],
        "quarter_income": [[str(income.month), income.amount_fen] for income in given.quarter_income],
        "earlier_amount_fen": given.earlier_amount_fen,
        "base": None if answer.base is None else [answer.base.numerator, answer.base.denominator],
        "rate_basis_points": answer.rate_basis_points,
        "amount_fen": answer.amount_fen,
        "voluntary_remainder_fen": answer.voluntary_remainder_fen,
        "profile": answer.profile,
        "rounding": answer.rounding.value,
        "lines": [line.to_data() for line in answer.lines],
    }
