"""How much: calculations, the rule profile, assessments (DUE-1 to DUE-15)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.members.messages import MemberClass, MemberStatus
from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Code,
    Count,
    Cursor,
    Id,
    Many,
    Money,
    Name,
    PageSize,
    SignedMoney,
    Text,
    Whole,
    message,
)

MAX_ITEMS_OF_PAY = 40
MAX_ORDER_LINES = 200
"""Six months back, the current one and six ahead for a household of fifteen."""
MAX_PEOPLE = 50
MAX_EXPLANATION = 80
MAX_BATCH = 500


class Rounding(StrEnum):
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    TO_JIAO = "to_jiao"


# Working out an amount (DUE-1 to DUE-15)


@message
class PayItem:
    """One line of a pay slip: a code of the rule profile and its fen a month."""

    code: Code
    amount_fen: Money


@message
class MonthIncome:
    """Net income of one month, for those not paid monthly (DUE-7). A loss is below zero."""

    month: YearMonth
    amount_fen: SignedMoney


@message
class Pay:
    """What a base is worked out from. Which parts a member class takes is for the rules to say."""

    counted: Annotated[tuple[PayItem, ...], Many(0, MAX_ITEMS_OF_PAY)] = ()
    left_out: Annotated[tuple[PayItem, ...], Many(0, MAX_ITEMS_OF_PAY)] = ()
    """On the pay slip, not in the base (DUE-3, DUE-4): shown in the explanation."""
    deductions: Annotated[tuple[PayItem, ...], Many(0, MAX_ITEMS_OF_PAY)] = ()
    quarter_income: Annotated[tuple[MonthIncome, ...], Many(0, 3)] = ()
    earlier_amount_fen: Money | None = None
    """Retired members whose pension cannot be split may follow an earlier amount (DUE-8)."""


@message
class Calculate:
    """Open to anybody, nothing is stored."""

    member_class: MemberClass
    month: YearMonth
    pay: Pay
    rounding: Rounding | None = None
    """Left out: as the profile says."""


@message
class ExplanationLine:
    """One step of the working. ``key`` names the step, ``item`` the pay item it is about, ``rule`` the numbered rule."""

    key: Code
    """item_counted, item_left_out, deduction, quarter_month, base, rate, whole_base, rounded, capped, flat_amount or
    earlier_amount."""
    item: Annotated[str, Text(0, 64)] = ""
    """The code of a pay item, or a month."""
    label: Annotated[str, Text(0, 60)] = ""
    """The item's Chinese name in the profile."""
    amount_fen: SignedMoney | None = None
    sign: Annotated[int, Whole(-1, 1)] = 0
    """What the amount does to the base."""
    rule: Annotated[str, Text(1, 16)]
    article: Annotated[str, Text(0, 120)] = ""
    """Where the rule is written."""
    parameters: Annotated[dict[str, str], Many(0, 10)]


@message
class Calculation:
    base_fen: Money | None
    """The base rounded to the fen; None for flat classes."""
    rate_basis_points: Annotated[int, Whole(0, 10_000)] | None
    """Hundredths of a percent: 50 is 0.5 %."""
    amount_fen: Money
    capped: bool
    """DUE-14 took effect: what lies above is voluntary."""
    voluntary_remainder_fen: Money
    rounding: Rounding
    profile_version: Annotated[str, Text(1, 60)]
    explanation: Annotated[tuple[ExplanationLine, ...], Many(1, MAX_EXPLANATION)]


@message
class ProfileItem:
    code: Code
    label: Name
    counted: bool
    rule: Annotated[str, Text(1, 16)]
    article: Annotated[str, Text(0, 120)]


@message
class ProfileClass:
    member_class: MemberClass
    label: Name
    flat_fen: Money | None
    takes_quarter_income: bool
    may_follow_earlier: bool
    items: Annotated[tuple[ProfileItem, ...], Many(0, 60)]
    deductions: Annotated[tuple[ProfileItem, ...], Many(0, 60)]


@message
class ProfileView:
    """The rule profile in force, as the calculator's form needs it."""

    version: Annotated[str, Text(1, 60)]
    from_month: YearMonth
    rounding: Rounding
    cap_fen: Money
    back_months: Count
    ahead_months: Count
    classes: Annotated[tuple[ProfileClass, ...], Many(1, 20)]


# Assessments


@message
class Assess:
    member_id: Id
    effective_from: YearMonth
    member_class: MemberClass
    pay: Pay


@message
class AssessBatch:
    """All of them or none."""

    items: Annotated[tuple[Assess, ...], Many(1, MAX_BATCH)]


@message
class AssessBatchResult:
    recorded: Count


@message
class AssessmentView:
    """DUE-15: what was decided, from which figures, by which rules, by whom."""

    id: Id
    member_id: Id
    version: Count
    effective_from: YearMonth
    member_class: MemberClass
    amount_fen: Money
    calculation: Calculation
    pay: Pay
    set_by: Annotated[str, Text(0, 140)]
    """The office that set it."""
    set_at: datetime


@message
class ListAssessments:
    member_id: Id
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class AssessmentPage:
    items: tuple[AssessmentView, ...]
    next_cursor: Cursor | None


class MonthItemState(StrEnum):
    """What a member's month is at."""

    UNASSESSED = "unassessed"
    DUE = "due"
    RESERVED = "reserved"
    PAID = "paid"
    UNDERPAID = "underpaid"
    EXEMPT = "exempt"
    DELAYED = "delayed"
    AHEAD = "ahead"
    """Not opened yet; may be paid in advance (PAY-3)."""


@message
class MemberMonth:
    """A line of the branch's work list. The amount, not the base."""

    member_id: Id
    name: Name
    member_class: MemberClass
    status: MemberStatus
    month: YearMonth
    state: MonthItemState
    amount_fen: Money | None
    paid_fen: Money
    branch_name: Annotated[str, Text(0, 60)] = ""
    """To whom the month is owed: a list over several branches must say it."""


@message
class ListMemberMonths:
    org_id: Id
    month: YearMonth
    state: MonthItemState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class MemberMonthPage:
    items: tuple[MemberMonth, ...]
    next_cursor: Cursor | None
