"""Invented pay slips for the members whose dues follow from their income (DUE-1, DUE-3, DUE-4, DUE-6, DUE-7, DUE-8).

Owns plausible amounts in fen, by the item codes of the default rule profile. Works out no dues: that is asked of the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from deploy.demo.generator_members import Draft
from services.contracts.values import FEN_PER_YUAN, YearMonth
from services.members.domain.membership import OWING
from services.members.domain.roster.form import MemberClass

M = MemberClass
UNASSESSED_PER_THOUSAND = 12
"""Whom nobody has assessed yet: they are what a branch's work list is for."""
Amounts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DemoAssessment:
    """What a branch administrator would type in for one member. Amounts in fen of one month, by item code."""

    branch_code: str
    name: str
    """Unique in its branch."""
    member_class: MemberClass
    counted: Amounts = ()
    left_out: Amounts = ()
    deductions: Amounts = ()
    quarter_income: tuple[tuple[YearMonth, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Slip:
    """Ranges of the monthly amounts in yuan: item, from, to."""

    counted: tuple[tuple[str, int, int], ...]
    left_out: tuple[tuple[str, int, int], ...] = ()
    annuity: str = ""
    """The deduction for an annuity; empty where there is none."""
    is_insured: bool = True


_SLIPS: dict[MemberClass, _Slip] = {
    M.CIVIL_SERVANT: _Slip(
        (
            ("post_salary", 620, 1980),
            ("grade_salary", 1150, 2600),
            ("work_allowance", 700, 1450),
            ("living_subsidy", 800, 1500),
        ),
        (("transport_subsidy", 450, 700), ("housing_subsidy", 120, 300)),
        "occupational_annuity",
    ),
    M.PUBLIC_INSTITUTION: _Slip(
        (
            *(("position_salary", 1390, 3140), ("pay_scale_salary", 600, 2400), ("basic_performance_pay", 900, 2300)),
            ("allowance_subsidy", 200, 700),
        ),
        (("incentive_performance_pay", 600, 2200),),
        "occupational_annuity",
    ),
    M.OFFICE_WORKER: _Slip(
        (("position_salary", 1200, 2100), ("technical_grade_salary", 500, 1300), ("allowance_subsidy", 800, 1700)),
        (("overtime_subsidy", 100, 600),),
        "occupational_annuity",
    ),
    M.ENTERPRISE: _Slip(
        (("basic_salary", 1800, 6200), ("position_salary", 400, 4200), ("regular_bonus", 0, 1500)),
        (("meal_subsidy", 150, 400), ("irregular_bonus", 0, 3000)),
        "enterprise_annuity",
    ),
    M.ANNUAL_SALARY: _Slip(
        (("month_pay_received", 9000, 32000),), (("official_car_subsidy", 500, 1500),), "enterprise_annuity"
    ),
    M.VILLAGE_CADRE: _Slip((("fixed_allowance", 1900, 3900),), (("phone_subsidy", 30, 100),), is_insured=False),
    M.RETIRED: _Slip(
        (("pension", 1900, 6400), ("pension_allowance", 150, 900)), (("care_allowance", 0, 300),), is_insured=False
    ),
}
_QUARTER = (1_200, 14_000)
"""Net income of a trader's month in yuan; a bad month may be a loss."""
_PENSION, _MEDICAL, _UNEMPLOYMENT, _HOUSING, _ANNUITY = 80, 20, 5, 100, 40
"""Shares per thousand of what is counted."""

_FIXED: dict[str, DemoAssessment] = {
    "member_away": DemoAssessment(
        "",
        "",
        M.ENTERPRISE,
        counted=(("basic_salary", 4200_00), ("position_salary", 1600_00), ("regular_bonus", 600_00)),
        left_out=(("meal_subsidy", 300_00), ("irregular_bonus", 1000_00)),
        deductions=(
            ("income_tax", 12_50),
            ("pension_insurance", 512_00),
            ("medical_insurance", 128_00),
            ("housing_fund", 640_00),
        ),
    )
}
"""The one pay slip that the pages show: 6,400 yuan counted, 5,107.50 left as the base, 1.5 percent of it."""


def assessments(
    drafts: Iterable[Draft], cast: dict[str, Draft], seed: int, month: YearMonth
) -> Iterator[DemoAssessment]:
    """One for each owing member of a class that is assessed, but for a few who were forgotten. ``month`` is the one from which
    they hold: traders' incomes are those of the quarter before it (DUE-7)."""
    chance = Random(f"pay {seed}")  # noqa: S311 - repeatable, guards nothing
    fixed = {id(cast[key]): slip for key, slip in _FIXED.items()}
    known = {id(draft) for draft in cast.values()}
    for draft in drafts:
        if draft.status not in OWING or (
            draft.member_class not in _SLIPS and draft.member_class is not M.SELF_EMPLOYED
        ):
            continue
        made = fixed.get(id(draft)) or _made(draft.member_class, chance, month)
        if id(draft) in known or chance.randrange(1000) >= UNASSESSED_PER_THOUSAND:
            code = draft.branch.organisation.code
            yield DemoAssessment(
                code, draft.name, made.member_class, made.counted, made.left_out, made.deductions, made.quarter_income
            )


def _made(member_class: MemberClass, chance: Random, month: YearMonth) -> DemoAssessment:
    if member_class is M.SELF_EMPLOYED:
        return DemoAssessment("", "", member_class, quarter_income=_quarter(chance, month))
    slip = _SLIPS[member_class]
    counted = _amounts(slip.counted, chance)
    deductions = _deductions(sum(amount for _, amount in counted), slip) if slip.is_insured else ()
    return DemoAssessment("", "", member_class, counted, _amounts(slip.left_out, chance), deductions)


def _amounts(ranges: tuple[tuple[str, int, int], ...], chance: Random) -> Amounts:
    drawn = ((code, chance.randint(low, high) * FEN_PER_YUAN) for code, low, high in ranges)
    return tuple((code, amount) for code, amount in drawn if amount)


def _deductions(counted_fen: int, slip: _Slip) -> Amounts:
    """Insurances and funds as shares of what is counted, and tax above 5,000 yuan in the first bracket."""
    shares = [("pension_insurance", _PENSION), ("medical_insurance", _MEDICAL), ("housing_fund", _HOUSING)]
    shares += [("unemployment_insurance", _UNEMPLOYMENT), (slip.annuity, _ANNUITY)]
    taken = [(code, counted_fen * share // 1000) for code, share in shares]
    taxable = counted_fen - sum(amount for _, amount in taken) - 5000 * FEN_PER_YUAN
    return (*taken, ("income_tax", taxable * 3 // 100)) if taxable > 0 else tuple(taken)


def _quarter(chance: Random, month: YearMonth) -> tuple[tuple[YearMonth, int], ...]:
    """The three months of the quarter before the one in which ``month`` lies; one month in fifteen is a loss."""
    first = YearMonth(month.year, (month.month - 1) // 3 * 3 + 1).plus(-3)
    months = []
    for step in range(3):
        income = chance.randint(*_QUARTER) if chance.randrange(15) else -chance.randint(100, 900)
        months.append((first.plus(step), income * FEN_PER_YUAN))
    return tuple(months)
