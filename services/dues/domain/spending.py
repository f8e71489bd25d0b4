"""Spending of dues (BOOK-4): what an organisation may spend, that two persons decide on it, what it books.

Owns the rules alone; stores nothing. Which classes there are is the contract's own list. An entry counts in the month that runs
when it is approved, whatever day it was spent on: a settled month never changes (BOOK-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.contracts.values import OrgId
from services.dues.domain.ledger import AccountKind, AccountRef, EntryKind, Posting
from services.dues.domain.refusal import Refusal, refuse

MAX_AGE = timedelta(days=366)
"""What was spent earlier belongs to books that were closed and published a year ago (BOOK-5)."""

KEEP_NOTHING = frozenset({"branch", "group"})
"""Kinds of organisation whose income goes up whole (BOOK-2): there is never anything to spend."""


class SpendingState(StrEnum):
    RECORDED = "recorded"
    APPROVED = "approved"
    REFUSED = "refused"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Holding:
    """What of the dues an organisation holds for its own use, in fen."""

    held_fen: int
    """Arrived from the level beneath, less what its slips pass up and what it has spent. What members paid to a branch goes up
    whole (BOOK-2), so a branch holds nothing; extras are no part of it (PAY-6)."""
    set_aside_fen: int = 0
    """The county's share of what arrived that is the city's, where the rule profile sets one (BOOK-2)."""
    given_back_fen: int = 0
    """Sent back by branches beneath after they had passed it up: it is there no more, and their next slips are lower for it."""

    @property
    def available_fen(self) -> int:
        return max(0, self.held_fen - self.set_aside_fen - self.given_back_fen)


def check_keeps(kind: str) -> Refusal | None:
    """Whether an organisation of this kind has anything of its own at all."""
    return refuse("dues.keeps_nothing") if kind in KEEP_NOTHING else None


def check_days(spent_on: date, decided_on: date, today: date) -> Refusal | None:
    """Nothing is recorded ahead, and nothing of books that were closed long ago."""
    if spent_on > today:
        return refuse("dues.spent_in_future", day=spent_on.isoformat())
    if spent_on < today - MAX_AGE:
        return refuse("dues.spent_too_long_ago", earliest=(today - MAX_AGE).isoformat())
    if decided_on > today:
        return refuse("dues.decided_in_future", day=decided_on.isoformat())
    return None


def check_amount(amount_fen: int, holding: Holding) -> Refusal | None:
    if amount_fen <= holding.available_fen:
        return None
    return refuse("dues.more_than_held", available_fen=holding.available_fen)


def answer(state: SpendingState, recorded_by: str, account_id: str, after: SpendingState) -> SpendingState | Refusal:
    """``after``: approved, refused or reversed. Whoever recorded an entry does none of it, whatever else he may; an entry is
    answered once, and only an approved one is reversed, once."""
    if recorded_by == account_id:
        return refuse("dues.spending_same_person")
    before = SpendingState.APPROVED if after is SpendingState.REVERSED else SpendingState.RECORDED
    return after if state is before else refuse("dues.spending_decided", state=state.value)


def spend(org_id: OrgId, county_id: OrgId, amount_fen: int) -> Posting:
    """The organisation's spending, out of the county's account (BOOK-3).

    ``paid_out`` stands beside ``bank``, since what the payment provider pays out to the account is not booked: the one account
    lies at ``provider_clearing``, ``cash`` and ``bank`` together, less ``paid_out``.
    """
    return Posting(
        entry=EntryKind.SPENT,
        debit=AccountRef(AccountKind.SPENDING, org_id),
        credit=AccountRef(AccountKind.PAID_OUT, county_id),
        amount_fen=amount_fen,
    )
