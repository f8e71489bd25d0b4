"""Why the rules say no: each refusal has a stable code, a kind and a plain sentence.

Owns the table of all refusals of the dues rules. Does not know HTTP or RPC: the service turns a kind into its error.
Sentences for people live in the phone pages, keyed by code; the English sentence here is for logs and developers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class RefusalKind(StrEnum):
    """What sort of no it is, so that a caller can answer rightly without knowing each code."""

    INVALID = "invalid"  # the words make no sense, whatever the state of the world
    UNPROCESSABLE = "unprocessable"  # well formed, but a rule forbids it
    CONFLICT = "conflict"  # right a moment ago or later, not with the state as it is now


_INVALID, _UNPROCESSABLE, _CONFLICT = RefusalKind.INVALID, RefusalKind.UNPROCESSABLE, RefusalKind.CONFLICT

REFUSALS: Mapping[str, tuple[RefusalKind, str]] = MappingProxyType(
    {
        # How much a member owes: DUE-1 to DUE-15.
        "dues.member_class_unknown": (_INVALID, "No member class has this code."),
        "dues.month_before_rule_profile": (_UNPROCESSABLE, "The rule profile does not reach back to this month."),
        "dues.too_many_items": (_INVALID, "More pay items or deductions than one assessment may list."),
        "dues.item_unknown": (_INVALID, "No pay item has this code."),
        "dues.item_repeated": (_INVALID, "The same item stands twice."),
        "dues.item_not_for_class": (_UNPROCESSABLE, "This pay item does not belong to the member class."),
        "dues.item_not_counted_for_class": (_UNPROCESSABLE, "This pay item is not counted in the base."),
        "dues.item_must_be_counted": (_UNPROCESSABLE, "This pay item may not be left out of the base."),
        "dues.deduction_unknown": (_INVALID, "No deduction has this code."),
        "dues.deduction_not_for_class": (_UNPROCESSABLE, "This deduction does not belong to the member class."),
        "dues.amount_negative": (_INVALID, "An amount is below zero."),
        "dues.amount_too_large": (_INVALID, "An amount is beyond any monthly income."),
        "dues.nothing_counted": (_UNPROCESSABLE, "No income of the member was given."),
        "dues.quarter_income_not_for_class": (_UNPROCESSABLE, "Only members not paid monthly give a quarter's income."),
        "dues.quarter_months_wrong": (
            _UNPROCESSABLE,
            "The income must be that of the three months of the quarter before.",
        ),
        "dues.earlier_amount_not_for_class": (_UNPROCESSABLE, "Only retired members may follow an earlier amount."),
        "dues.earlier_amount_with_items": (_INVALID, "An earlier amount is followed, or items are counted, not both."),
        "dues.base_not_positive": (_UNPROCESSABLE, "The base is zero or less: a person must check it."),
        "dues.flat_class_not_assessed": (
            _UNPROCESSABLE,
            "Members of this class owe a fixed amount without an assessment.",
        ),
        "dues.assessment_year_fixed": (_CONFLICT, "The year's amount is set and stays until January."),
        "dues.rule_profile_invalid": (_INVALID, "The rule profile is not well formed."),
        # What an order may hold: PAY-3, PAY-7 and PAY-10.
        "dues.order_empty": (_INVALID, "An order needs at least one line."),
        "dues.order_too_many_lines": (_INVALID, "More lines than one order may hold."),
        "dues.order_too_many_people": (_INVALID, "More people than one order may pay for."),
        "dues.line_repeated": (_INVALID, "The same member and month stand twice."),
        "dues.beneficiary_unknown": (_UNPROCESSABLE, "The payer may not pay for this member."),
        "dues.consent_needed": (_UNPROCESSABLE, "The branch has not agreed to others paying for this member."),
        "dues.month_not_open": (_UNPROCESSABLE, "The member owes nothing for this month."),
        "dues.month_already_paid": (_CONFLICT, "This month is paid."),
        "dues.month_reserved": (_CONFLICT, "Another order holds this month."),
        "dues.month_unassessed": (_UNPROCESSABLE, "The branch has not set the amount of this month."),
        "dues.months_not_consecutive": (_UNPROCESSABLE, "An older month must be paid first or together."),
        "dues.too_many_back_months": (
            _UNPROCESSABLE,
            "So many unpaid months need a note of the branch and its superior.",
        ),
        "dues.too_far_ahead": (_UNPROCESSABLE, "This month lies too far ahead."),
        "dues.nothing_to_pay": (_UNPROCESSABLE, "The order's months come to nothing."),
        "dues.total_changed": (_CONFLICT, "The total is not the one the payer was shown."),
        "dues.order_state_forbids": (_CONFLICT, "The order's state does not allow this."),
        "dues.extra_too_large": (_UNPROCESSABLE, "More than one payment may give beyond the dues."),
        "dues.extra_without_own_month": (_UNPROCESSABLE, "An extra goes with a month of the one who gives it."),
        # What the books and receipts forbid: PAY-11 and BOOK-7.
        "dues.posting_unknown": (_INVALID, "No such posting."),
        "dues.posting_already_reversed": (_CONFLICT, "The posting is reversed already."),
        "dues.posting_is_reversal": (_UNPROCESSABLE, "A reversing entry is not reversed; book the entry anew."),
        "dues.receipt_number_malformed": (_INVALID, "This is not a receipt number."),
        "dues.check_code_malformed": (_INVALID, "This is not a receipt's check code."),
        # Cash with its two persons, and extras for the centre: PAY-5, PAY-6.
        "dues.month_of_another_branch": (_UNPROCESSABLE, "The month is owed to another branch."),
        "dues.same_person": (_UNPROCESSABLE, "Whoever took the money does not confirm it."),
        "dues.cash_decided": (_CONFLICT, "The cash is decided already."),
        "dues.deposit_decided": (_CONFLICT, "The deposit is decided already."),
        "dues.date_not_credible": (_INVALID, "The day lies ahead or too far back."),
        "dues.extra_state": (_CONFLICT, "The extra's state does not allow this."),
        # What may go back: PAY-11.
        "dues.order_not_refundable": (_CONFLICT, "The order's state allows no refund of its lines."),
        "dues.refund_empty": (_INVALID, "A refund needs at least one line."),
        "dues.line_not_of_order": (_UNPROCESSABLE, "The order holds no such line."),
        "dues.line_refund_under_way": (_CONFLICT, "A refund of this line is asked for or on its way."),
        "dues.line_refunded": (_CONFLICT, "This line was refunded."),
        "dues.nothing_to_refund": (_UNPROCESSABLE, "The lines come to nothing."),
        "dues.refund_exceeds_paid": (_CONFLICT, "More would go back than was paid."),
        "dues.too_many_refunds": (_UNPROCESSABLE, "The order has as many refunds as it may have."),
        "dues.refund_words_needed": (_UNPROCESSABLE, "A reason that is on no list needs words."),
        # Cash that is handed back: PAY-11, BOOK-3.
        "dues.box_too_low": (_CONFLICT, "The branch's box holds less that is not promised to the bank."),
        "dues.not_banked": (_CONFLICT, "The branch has brought less to the county's account."),
        "dues.nothing_recorded": (_CONFLICT, "Nobody has recorded the cash as handed back."),
        "dues.already_recorded": (_CONFLICT, "The cash is recorded as handed back already."),
        "dues.already_returned": (_CONFLICT, "The cash went back already."),
        # What a county sets itself: BOOK-2, BOOK-5.
        "dues.month_past": (_CONFLICT, "What held in a month that is over stays as it was."),
        "dues.nothing_changed": (_CONFLICT, "The county's rules are so already."),
        "dues.too_many_versions": (_CONFLICT, "The county has as many versions of its rules as it may have."),
        # What is passed up: BOOK-2.
        "dues.nothing_to_remit": (_UNPROCESSABLE, "Nothing came in that has not been passed up."),
        "dues.earlier_month_open": (_UNPROCESSABLE, "An earlier month is to be passed up first."),
        "dues.lower_not_arrived": (_UNPROCESSABLE, "Money of the level beneath has not arrived."),
        "dues.cash_not_deposited": (_UNPROCESSABLE, "Cash is to be deposited before it is passed up."),
        # What is spent: BOOK-4.
        "dues.keeps_nothing": (_UNPROCESSABLE, "A branch passes all up and has nothing of its own to spend."),
        "dues.spent_in_future": (_INVALID, "The day of spending lies ahead."),
        "dues.spent_too_long_ago": (_UNPROCESSABLE, "The day of spending lies in books that were closed."),
        "dues.decided_in_future": (_INVALID, "The day of the decision lies ahead."),
        "dues.more_than_held": (_CONFLICT, "The organisation does not hold so much for its own use."),
        "dues.spending_same_person": (_UNPROCESSABLE, "Whoever recorded an entry does not decide on it."),
        "dues.spending_decided": (_CONFLICT, "The entry was decided already."),
    }
)
"""Every refusal of the dues rules: kind and sentence by stable code. A code, once released, keeps its meaning."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A named no. ``details`` are plain values (codes, numbers, months as text), never a person's name or pay."""

    code: str
    details: tuple[tuple[str, int | str], ...] = ()

    def __post_init__(self) -> None:
        if self.code not in REFUSALS:
            raise ValueError(f"a refusal must be in the table: {self.code}")

    @property
    def kind(self) -> RefusalKind:
        return REFUSALS[self.code][0]

    @property
    def sentence(self) -> str:
        return REFUSALS[self.code][1]

    @property
    def detail(self) -> dict[str, int | str]:
        return dict(self.details)


def refuse(code: str, **details: int | str) -> Refusal:
    """A refusal with its details in the order given."""
    return Refusal(code, tuple(details.items()))
