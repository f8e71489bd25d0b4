"""What the rules ask of a pay, worked out anew in whole numbers (DUE-1 to DUE-10, DUE-14). Shares nothing with the platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FLAT = ("farmer", "student", "laid_off", "relief", "minimum_allowance")
FLAT_FEN = 20
CAP_FEN = 100_000
_WAGE = ((300_000, 50), (500_000, 100), (1_000_000, 150), (None, 200))
_PENSION = ((500_000, 50), (None, 100))
ITEMS = {
    "civil_servant": (("post_salary", "grade_salary", "living_subsidy"), "transport_subsidy", "income_tax"),
    "public_institution": (
        ("position_salary", "basic_performance_pay"),
        "incentive_performance_pay",
        "occupational_annuity",
    ),
    "office_worker": (("position_salary", "technical_grade_salary"), "meal_subsidy", "pension_insurance"),
    "enterprise": (("basic_salary", "regular_bonus"), "irregular_bonus", "enterprise_annuity"),
    "annual_salary": (("month_pay_received",), "phone_subsidy", "income_tax"),
    "village_cadre": (("fixed_allowance",), "heating_subsidy", "medical_insurance"),
    "retired": (("pension", "pension_allowance"), "care_allowance", None),
}
"""By class: what counts, what does not, what is taken off (DUE-3, DUE-4)."""
CLASSES = (*ITEMS, "self_employed", *FLAT)


@dataclass(frozen=True)
class Pay:
    """A pay slip: parts that count, one that does not, one taken off; or a quarter's three months of income (DUE-7)."""

    member_class: str
    counted: tuple[int, ...] = ()
    left_out: int = 0
    deducted: int = 0
    quarter: tuple[int, ...] = field(default=())

    def due_fen(self) -> int:
        """Half-up to the fen, at one rate on the whole base, at most the cap. The base is a fraction over three."""
        parts = sum(self.quarter) if self.quarter else 3 * (sum(self.counted) - self.deducted)
        edges = _PENSION if self.member_class == "retired" else _WAGE
        rate = next(rate for edge, rate in edges if edge is None or parts <= 3 * edge)
        return min((2 * parts * rate + 30_000) // 60_000, CAP_FEN)

    def asked(self, quarter_months: tuple[str, ...]) -> dict[str, Any]:
        """As the request has it."""
        if self.quarter:
            months = zip(quarter_months, self.quarter, strict=True)
            return {"quarter_income": [{"month": month, "amount_fen": fen} for month, fen in months]}
        counted, left_out, deducted = ITEMS[self.member_class]
        body: dict[str, Any] = {
            "counted": [
                {"code": code, "amount_fen": fen} for code, fen in zip(counted, self.counted, strict=False) if fen
            ]
        }
        if self.left_out:
            body["left_out"] = [{"code": left_out, "amount_fen": self.left_out}]
        if self.deducted and deducted:
            body["deductions"] = [{"code": deducted, "amount_fen": self.deducted}]
        return body
