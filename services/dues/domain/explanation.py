"""The lines of a bill that explains itself: machine keys and plain values, no sentence for people.

Owns the kinds of lines and their JSON form. The phone pages hold the sentences, keyed by ``LineCode``; the only Chinese
text here is the reference of the article, which is source text and comes from the rule profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineCode(StrEnum):
    """What a line of the explanation says."""

    ITEM_COUNTED = "item_counted"  # adds to the base
    ITEM_LEFT_OUT = "item_left_out"  # shown, not counted
    DEDUCTION = "deduction"  # taken from the base
    QUARTER_MONTH = "quarter_month"  # net income of one month of the quarter before
    BASE = "base"
    RATE = "rate"  # the bracket that holds the whole base
    WHOLE_BASE = "whole_base"  # base times rate, exact
    ROUNDED = "rounded"  # only when rounding moved the amount
    CAPPED = "capped"  # only when the monthly cap was passed
    FLAT_AMOUNT = "flat_amount"
    EARLIER_AMOUNT = "earlier_amount"


@dataclass(frozen=True, slots=True)
class ExplanationLine:
    """One step. ``sign`` is +1, -1 or 0: what the amount does to the base. ``label`` is an item code or a month.

    ``amount_fen`` is whole fen; exact fractions stand in ``params`` as numerator and denominator.
    """

    code: LineCode
    rule: str
    article: str
    label: str | None = None
    amount_fen: int | None = None
    sign: int = 0
    params: tuple[tuple[str, int | str], ...] = ()

    def to_data(self) -> dict[str, object]:
        """JSON data, as it is stored with an assessment (DUE-15) and sent to a page."""
        return {
            "code": self.code.value,
            "rule": self.rule,
            "article": self.article,
            "label": self.label,
            "amount_fen": self.amount_fen,
            "sign": self.sign,
            "params": dict(self.params),
        }


def rules_of(lines: tuple[ExplanationLine, ...]) -> tuple[str, ...]:
    """The rules that the lines rest on, each once, in the order in which they come in."""
    return tuple(dict.fromkeys(line.rule for line in lines))
