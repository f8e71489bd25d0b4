"""Cash that goes back to who paid it: out of which money, and that two persons stand for it (PAY-11, BOOK-3).

Owns the rules alone. Cash is alike: what was taken first is brought to the bank first, so a branch pays a refund from its box
while the box holds enough, and from the county's account what it has brought there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.dues.domain.refusal import Refusal, refuse


class ReturnSource(StrEnum):
    """Out of which money a refund of cash is paid."""

    BOX = "box"
    BANK = "bank"


class ReturnState(StrEnum):
    """How an approved refund of cash stands."""

    WAITING = "waiting"  # to be handed back
    RECORDED = "recorded"  # handed back, as one person says
    RETURNED = "returned"  # as another has confirmed


@dataclass(frozen=True, slots=True)
class BranchCash:
    """A branch's cash, read under its row's lock."""

    held_fen: int
    promised_fen: int
    """Of it: on its way to the bank, or recorded as handed back."""
    banked_fen: int
    """On the county's account, less what was sent back from there."""

    def available_fen(self, source: ReturnSource) -> int:
        return self.held_fen - self.promised_fen if source is ReturnSource.BOX else self.banked_fen


def state_of(*, recorded: bool, confirmed: bool) -> ReturnState:
    if confirmed:
        return ReturnState.RETURNED
    return ReturnState.RECORDED if recorded else ReturnState.WAITING


def record(state: ReturnState, source: ReturnSource, amount_fen: int, cash: BranchCash) -> Refusal | None:
    """Whether it may be written down as handed back out of this money: once, and never more than there is."""
    if state is not ReturnState.WAITING:
        return _not_now(state)
    available_fen = cash.available_fen(source)
    if amount_fen > available_fen:
        code = "dues.box_too_low" if source is ReturnSource.BOX else "dues.not_banked"
        return refuse(code, available_fen=available_fen)
    return None


def confirm(state: ReturnState, recorded_by: str | None, account_id: str) -> Refusal | None:
    """Two persons: whoever wrote it down never confirms it, whatever else he may."""
    if state is not ReturnState.RECORDED:
        return _not_now(state)
    return refuse("dues.same_person") if recorded_by == account_id else None


def release(state: ReturnState) -> Refusal | None:
    """Struck out by whoever wrote it down, or refused by another; it waits again."""
    return None if state is ReturnState.RECORDED else _not_now(state)


_CODES = {
    ReturnState.WAITING: "dues.nothing_recorded",
    ReturnState.RECORDED: "dues.already_recorded",
    ReturnState.RETURNED: "dues.already_returned",
}


def _not_now(state: ReturnState) -> Refusal:
    return refuse(_CODES[state])
