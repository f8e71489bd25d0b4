"""Passing dues up (BOOK-2): whether a slip may be made, and over how much. The branch keeps nothing: all of it or none.

Given what the books say; stores nothing. A month is passed up once, when it has ended, after the months before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.values import OrgId, YearMonth
from services.dues.domain.ledger import AccountKind, AccountRef, EntryKind, Posting
from services.dues.domain.refusal import Refusal, refuse


@dataclass(frozen=True, slots=True)
class Standing:
    """What the books say of an organisation at the end of a month. Sums are since the beginning, up to that month's end."""

    income_fen: int
    """Taken in by itself, reversals taken off."""
    received_fen: int
    """Arrived from the level beneath."""
    passed_fen: int
    """On slips before this one."""
    spent_fen: int = 0
    """Spent by itself, for the uses of BOOK-4."""
    cash_in_hand_fen: int = 0
    """Cash of the month or before that has not been deposited."""
    earlier_open: YearMonth | None = None
    """The oldest earlier month with money that no slip passes up."""
    lower_open: int = 0
    """Organisations beneath whose money of this month has not arrived."""


def amount_to_pass_up(month: YearMonth, standing: Standing) -> int | Refusal:
    """All that came in and was neither passed up nor spent. A reversal after its month lowers the next slip."""
    if standing.earlier_open is not None:
        return refuse("dues.earlier_month_open", month=str(standing.earlier_open))
    if standing.lower_open > 0:
        return refuse("dues.lower_not_arrived", count=standing.lower_open)
    if standing.cash_in_hand_fen > 0:
        return refuse("dues.cash_not_deposited", amount_fen=standing.cash_in_hand_fen)
    amount_fen = standing.income_fen + standing.received_fen - standing.passed_fen - standing.spent_fen
    if amount_fen <= 0:
        return refuse("dues.nothing_to_remit", month=str(month))
    return amount_fen


def remit(from_org: OrgId, to_org: OrgId, month: YearMonth, amount_fen: int) -> Posting:
    """The money counts as the upper level's. It lies in the county's account before and after; what moves is whose it is."""
    return Posting(
        entry=EntryKind.REMITTED,
        debit=AccountRef(AccountKind.REMITTANCE, from_org),
        credit=AccountRef(AccountKind.REMITTANCE_RECEIVED, to_org),
        amount_fen=amount_fen,
        month=month,
    )
