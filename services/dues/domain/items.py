"""Which pay counts: pay items counted, left out and deducted for a member class (DUE-3, DUE-4, DUE-6, DUE-8, DUE-9).

Owns the checks of single items and their lines. Does not sum across classes nor know a rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.dues.domain.explanation import ExplanationLine, LineCode
from services.dues.domain.profile import ClassRule, ItemKind, RuleProfile
from services.dues.domain.refusal import Refusal, refuse

MAX_ITEMS = 40  # items and deductions of one assessment; the longest list of any class has 23
MAX_AMOUNT_FEN = 1_000_000_000  # ten million yuan in a month: beyond any salary, and 40 of them still fit 64 bits
MAX_SHOWN_CODE = 40  # an unknown code is given back shortened, so that a refusal stays small


@dataclass(frozen=True, slots=True)
class PayAmount:
    """One pay item or deduction, by code, for one month."""

    code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PayItems:
    """What a member's pay slip says, sorted by whoever fills the form into counted, left out and deducted."""

    counted: tuple[PayAmount, ...] = ()
    left_out: tuple[PayAmount, ...] = ()
    deductions: tuple[PayAmount, ...] = ()

    def all(self) -> tuple[PayAmount, ...]:
        return self.counted + self.left_out + self.deductions


@dataclass(frozen=True, slots=True)
class ItemSum:
    """Counted less deducted, and a line for each item in the order counted, left out, deducted."""

    sum_fen: int
    lines: tuple[ExplanationLine, ...]


def check_amount(amount_fen: int, label: str) -> Refusal | None:
    """Amounts are whole fen from zero to ``MAX_AMOUNT_FEN``."""
    if amount_fen < 0:
        return refuse("dues.amount_negative", item=label)
    if amount_fen > MAX_AMOUNT_FEN:
        return refuse("dues.amount_too_large", item=label, max_fen=MAX_AMOUNT_FEN)
    return None


def _check_all(items: tuple[PayAmount, ...]) -> Refusal | None:
    if len(items) > MAX_ITEMS:
        return refuse("dues.too_many_items", count=len(items), limit=MAX_ITEMS)
    seen: set[str] = set()
    for item in items:
        label = item.code[:MAX_SHOWN_CODE]
        if item.code in seen:
            return refuse("dues.item_repeated", item=label)
        seen.add(item.code)
        wrong = check_amount(item.amount_fen, label)
        if wrong is not None:
            return wrong
    return None


def _check_pay(profile: RuleProfile, rule: ClassRule, items: Iterable[PayAmount], *, counted: bool) -> Refusal | None:
    for item in items:
        if profile.find_item(item.code, ItemKind.PAY) is None:
            return refuse("dues.item_unknown", item=item.code[:MAX_SHOWN_CODE])
        if item.code not in rule.counted + rule.left_out:
            return refuse("dues.item_not_for_class", item=item.code, member_class=rule.member_class.value)
        if counted and item.code in rule.left_out:
            return refuse("dues.item_not_counted_for_class", item=item.code, member_class=rule.member_class.value)
        if not counted and item.code in rule.counted:
            return refuse("dues.item_must_be_counted", item=item.code, member_class=rule.member_class.value)
    return None


def _check_deductions(profile: RuleProfile, rule: ClassRule, items: Iterable[PayAmount]) -> Refusal | None:
    for item in items:
        if profile.find_item(item.code, ItemKind.DEDUCTION) is None:
            return refuse("dues.deduction_unknown", item=item.code[:MAX_SHOWN_CODE])
        if item.code not in rule.deductions:
            return refuse("dues.deduction_not_for_class", item=item.code, member_class=rule.member_class.value)
    return None


def check_items(profile: RuleProfile, rule: ClassRule, items: PayItems) -> Refusal | None:
    """The first thing wrong with the items for this class, or None. Checked in a fixed order, so that codes are stable."""
    return (
        _check_all(items.all())
        or _check_pay(profile, rule, items.counted, counted=True)
        or _check_pay(profile, rule, items.left_out, counted=False)
        or _check_deductions(profile, rule, items.deductions)
    )


def _line(profile: RuleProfile, item: PayAmount, kind: ItemKind, code: LineCode, sign: int) -> ExplanationLine:
    definition = profile.find_item(item.code, kind)
    assert definition is not None, "items are checked before they are summed"
    return ExplanationLine(code, definition.rule, definition.article, item.code, item.amount_fen, sign)


def sum_items(profile: RuleProfile, rule: ClassRule, items: PayItems) -> ItemSum | Refusal:
    """Counted less deducted. The sum may be zero or less: that is for DUE-5 to judge."""
    wrong = check_items(profile, rule, items)
    if wrong is not None:
        return wrong
    if not items.counted:
        return refuse("dues.nothing_counted", member_class=rule.member_class.value)
    lines = (
        *(_line(profile, item, ItemKind.PAY, LineCode.ITEM_COUNTED, +1) for item in items.counted),
        *(_line(profile, item, ItemKind.PAY, LineCode.ITEM_LEFT_OUT, 0) for item in items.left_out),
        *(_line(profile, item, ItemKind.DEDUCTION, LineCode.DEDUCTION, -1) for item in items.deductions),
    )
    counted_fen = sum(item.amount_fen for item in items.counted)
    deducted_fen = sum(item.amount_fen for item in items.deductions)
    return ItemSum(counted_fen - deducted_fen, lines)
