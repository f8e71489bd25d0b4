"""The shape of a rule profile and what must hold of every one.

Owns member classes, pay items, brackets and limits as values. Must not hold a county's numbers (``sichuan``) nor read
JSON (``data``). A profile that breaks the rules cannot be built: ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import YearMonth
from services.dues.domain.refusal import Refusal, refuse
from services.dues.domain.rounding import Rounding

BASIS_POINTS = 10_000  # a rate of 10,000 basis points is the whole base
MAX_RATE_BASIS_POINTS = 1_000  # ten percent: five times the highest rate ever set; more is a slip of the hand
MAX_BRACKETS = 12
MAX_ITEM_DEFINITIONS = 100
MAX_ARTICLES = 60
FARMER_MIN_FEN, FARMER_MAX_FEN = 20, 100  # DUE-9: the law's range; a county chooses inside it, never its edges
MAX_FLAT_FEN = 10_000  # a flat amount of more than 100 yuan a month is a slip of the hand
MAX_CAP_FEN = 10_000_000
MAX_LIMIT_MONTHS = 24
MAX_EXPIRY_MINUTES = 120  # a payment order that the payment provider keeps open for two hours at most
MAX_NAME_LENGTH, MAX_ARTICLE_LENGTH = 40, 80
_CODE_TEXT = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_RULE_TEXT = re.compile(r"DUE-[1-9][0-9]?", re.ASCII)
USED_RULES = frozenset({"DUE-1", "DUE-2", "DUE-3", "DUE-6", "DUE-7", "DUE-8", "DUE-9", "DUE-10", "DUE-14", "DUE-15"})
"""The rules that explanation lines name besides those of the items: each needs its article in the profile."""


class MemberClass(StrEnum):
    """The classes of members that the rules tell apart (DUE-1 to DUE-10)."""

    CIVIL_SERVANT = "civil_servant"
    PUBLIC_INSTITUTION = "public_institution"
    OFFICE_WORKER = "office_worker"
    ENTERPRISE = "enterprise"
    ANNUAL_SALARY = "annual_salary"
    SELF_EMPLOYED = "self_employed"
    VILLAGE_CADRE = "village_cadre"
    RETIRED = "retired"
    FARMER = "farmer"
    STUDENT = "student"
    LAID_OFF = "laid_off"
    RELIEF = "relief"
    MINIMUM_ALLOWANCE = "minimum_allowance"


class Method(StrEnum):
    """How a class comes to its base."""

    WAGE = "wage"  # items counted less deductions (DUE-3, DUE-4)
    ANNUAL_PAY = "annual_pay"  # pay received in that month less deductions (DUE-6)
    QUARTER_INCOME = "quarter_income"  # mean of the three months of the quarter before (DUE-7)
    PENSION = "pension"  # items of the pension, at the retired rates (DUE-8)
    FLAT = "flat"  # no base: a fixed amount (DUE-9, DUE-10)


FLAT_CLASSES = frozenset(
    {
        MemberClass.FARMER,
        MemberClass.STUDENT,
        MemberClass.LAID_OFF,
        MemberClass.RELIEF,
        MemberClass.MINIMUM_ALLOWANCE,
    }
)
_METHODS: dict[MemberClass, frozenset[Method]] = {
    MemberClass.ANNUAL_SALARY: frozenset({Method.ANNUAL_PAY}),
    MemberClass.SELF_EMPLOYED: frozenset({Method.QUARTER_INCOME}),
    MemberClass.RETIRED: frozenset({Method.PENSION}),
    # DUE-9: like wage earners in several places, like farmers in others.
    MemberClass.VILLAGE_CADRE: frozenset({Method.WAGE, Method.FLAT}),
    **dict.fromkeys(FLAT_CLASSES, frozenset({Method.FLAT})),
}
"""Which methods a county may give a class; the classes that are not named here earn wages."""


class AssessmentMode(StrEnum):
    """DUE-13: the amount stays for the year, or changes from the month in which the new wage is paid."""

    ANNUAL = "annual"
    ON_CHANGE = "on_change"


class ItemKind(StrEnum):
    PAY = "pay"
    DEDUCTION = "deduction"


@dataclass(frozen=True, slots=True)
class Bracket:
    """Bases up to and including ``up_to_fen`` pay this rate; None is the last bracket, without an upper edge (DUE-1)."""

    up_to_fen: int | None
    rate_basis_points: int


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A pay item or a deduction: code, Chinese name, the rule it stands under and the article's text reference."""

    code: str
    name: str
    kind: ItemKind
    rule: str
    article: str


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What is counted, left out and deducted for one member class, by item code, and how the base comes about."""

    member_class: MemberClass
    name: str
    method: Method
    rule: str
    counted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    deductions: tuple[str, ...] = ()
    flat_fen: int | None = None
    may_follow_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """Who passes up which part of a year's paid dues, in basis points (BOOK-2). The county's own is empty until it sets one."""

    county: int | None = None
    city_to_province: int = 2_000
    province_to_centre: int = 500


def _must(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


def _check_brackets(brackets: tuple[Bracket, ...], what: str) -> None:
    _must(1 <= len(brackets) <= MAX_BRACKETS, f"{what}: 1 to {MAX_BRACKETS} brackets")
    _must(brackets[-1].up_to_fen is None, f"{what}: the last bracket has no upper edge")
    edge = 0
    for bracket in brackets[:-1]:
        _must(
            bracket.up_to_fen is not None and bracket.up_to_fen > edge,
            f"{what}: upper edges rise from bracket to bracket",
        )
        edge = bracket.up_to_fen or edge
    rates = [bracket.rate_basis_points for bracket in brackets]
    _must(
        all(0 < rate <= MAX_RATE_BASIS_POINTS for rate in rates), f"{what}: rates lie in 1 to {MAX_RATE_BASIS_POINTS}"
    )
    _must(rates == sorted(set(rates)), f"{what}: rates rise from bracket to bracket")


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """The dues rules of one county from ``valid_from`` on. ``code`` and ``version`` together name it (DUE-15)."""

    code: str
    version: int
    valid_from: YearMonth
    wage_brackets: tuple[Bracket, ...]
    retired_brackets: tuple[Bracket, ...]
    rounding: Rounding
    assessment_mode: AssessmentMode
    monthly_cap_fen: int
    back_limit_months: int
    ahead_limit_months: int
    order_expiry_minutes: int
    items: tuple[ItemDefinition, ...]
    classes: tuple[ClassRule, ...]
    articles: tuple[tuple[str, str], ...]
    on_behalf_needs_consent: bool = False
    """Whether others may pay for a member only with his branch's recorded consent (PAY-2). Off: PAY-7 lets any member pay."""
    shares: Shares = Shares()
    publish_names: bool = False
    """Whether the yearly notice says who paid how much (BOOK-5); by default sums alone."""

    def __post_init__(self) -> None:
        _must(_CODE_TEXT.fullmatch(self.code) is not None, "code: small letters, digits, underscores")
        _must(1 <= self.version <= 1_000_000, "version: from 1 on")
        _check_brackets(self.wage_brackets, "wage_brackets")
        _check_brackets(self.retired_brackets, "retired_brackets")
        _must(0 < self.monthly_cap_fen <= MAX_CAP_FEN, "monthly_cap_fen: positive and bounded")
        _must(0 <= self.back_limit_months <= MAX_LIMIT_MONTHS, "back_limit_months: bounded")
        _must(0 <= self.ahead_limit_months <= MAX_LIMIT_MONTHS, "ahead_limit_months: bounded")
        _must(1 <= self.order_expiry_minutes <= MAX_EXPIRY_MINUTES, "order_expiry_minutes: bounded")
        given = (self.shares.county, self.shares.city_to_province, self.shares.province_to_centre)
        _must(all(share is None or 0 <= share <= BASIS_POINTS for share in given), "shares: parts of the whole")
        self._check_articles()
        self._check_items()
        self._check_classes()

    def _check_articles(self) -> None:
        rules = [rule for rule, _ in self.articles]
        _must(len(rules) == len(set(rules)) <= MAX_ARTICLES, "articles: each rule once")
        for rule, article in self.articles:
            _must(_RULE_TEXT.fullmatch(rule) is not None, f"articles: not a rule of dues: {rule}")
            _must(0 < len(article) <= MAX_ARTICLE_LENGTH, f"articles: length of {rule}")
        missing = sorted(USED_RULES - set(rules))
        _must(not missing, f"articles: missing {', '.join(missing)}")

    def _check_items(self) -> None:
        codes = [item.code for item in self.items]
        _must(len(codes) == len(set(codes)) <= MAX_ITEM_DEFINITIONS, "items: each code once")
        for item in self.items:
            _must(_CODE_TEXT.fullmatch(item.code) is not None, f"items: not a code: {item.code}")
            _must(0 < len(item.name) <= MAX_NAME_LENGTH, f"items: name of {item.code}")
            _must(_RULE_TEXT.fullmatch(item.rule) is not None, f"items: rule of {item.code}")
            _must(0 < len(item.article) <= MAX_ARTICLE_LENGTH, f"items: article of {item.code}")

    def _check_classes(self) -> None:
        classes = [rule.member_class for rule in self.classes]
        _must(len(classes) == len(set(classes)), "classes: each member class once")
        _must(set(classes) == set(MemberClass), "classes: all member classes")
        kinds = {item.code: item.kind for item in self.items}
        for rule in self.classes:
            self._check_class(rule, kinds)

    def _check_class(self, rule: ClassRule, kinds: dict[str, ItemKind]) -> None:
        where = f"classes: {rule.member_class}"
        _must(0 < len(rule.name) <= MAX_NAME_LENGTH, f"{where}: name")
        _must(rule.rule in USED_RULES, f"{where}: rule")
        _must(rule.method in _METHODS.get(rule.member_class, {Method.WAGE}), f"{where}: not a method for this class")
        named = rule.counted + rule.left_out + rule.deductions
        _must(len(named) == len(set(named)), f"{where}: an item stands in one list, once")
        pay = all(kinds.get(code) is ItemKind.PAY for code in rule.counted + rule.left_out)
        _must(
            pay and all(kinds.get(code) is ItemKind.DEDUCTION for code in rule.deductions),
            f"{where}: items of the right kind",
        )
        takes_items = rule.method in (Method.WAGE, Method.ANNUAL_PAY, Method.PENSION)
        _must(takes_items == bool(rule.counted), f"{where}: counted items exactly when the method has any")
        _must(takes_items or not named, f"{where}: no items without a method that counts them")
        _must(
            rule.may_follow_earlier is False or rule.method is Method.PENSION,
            f"{where}: DUE-8 alone follows earlier amounts",
        )
        _must(
            (rule.method is Method.FLAT) == (rule.flat_fen is not None), f"{where}: flat_fen exactly for a flat class"
        )
        if rule.flat_fen is not None:
            _must(0 < rule.flat_fen <= MAX_FLAT_FEN, f"{where}: flat_fen positive and bounded")
        if rule.member_class is MemberClass.FARMER:
            in_range = rule.flat_fen is not None and FARMER_MIN_FEN <= rule.flat_fen <= FARMER_MAX_FEN
            _must(in_range, f"{where}: DUE-9 allows {FARMER_MIN_FEN} to {FARMER_MAX_FEN} fen")

    @property
    def reference(self) -> str:
        """Code and version as one text, for receipts, logs and stored assessments: ``sichuan/1``."""
        return f"{self.code}/{self.version}"

    def class_rule(self, member_class: MemberClass) -> ClassRule:
        return next(rule for rule in self.classes if rule.member_class is member_class)

    def find_item(self, code: str, kind: ItemKind) -> ItemDefinition | None:
        return next((item for item in self.items if item.code == code and item.kind is kind), None)

    def article(self, rule: str) -> str:
        """The source text reference of a rule. KeyError for a rule that no explanation names."""
        return dict(self.articles)[rule]


def member_class_of(text: str) -> MemberClass | Refusal:
    """The member class of a code as it comes from a roster or a form."""
    try:
        return MemberClass(text)
    except ValueError:
        return refuse("dues.member_class_unknown", member_class=text[:MAX_NAME_LENGTH])


def profile_for(profiles: Iterable[RuleProfile], month: YearMonth) -> RuleProfile | None:
    """The profile that rules a month: the latest that began by then, the highest version among equals (ARR-4)."""
    begun = [profile for profile in profiles if profile.valid_from <= month]
    return max(begun, key=lambda profile: (profile.valid_from, profile.version), default=None)
