"""What a member gives of his own free will beyond his dues (自愿多交, PAY-6).

Owns the bounds of an extra and whether it goes to the centre. Which order holds it is ``order`` and ``cash``; what it moves
in the books is ``ledger``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.contracts.values import MemberId, OrgId
from services.dues.domain.refusal import Refusal, refuse

MAX_EXTRA_FEN = 10_000_000  # a hundred thousand yuan in one payment: beyond it a slip of the finger is likelier
CENTRE_FEN = 100_000  # a thousand yuan: from here on the whole extra goes to the centre


@dataclass(frozen=True, slots=True)
class Extra:
    """One extra of one payment. The branch is the giver's, which passes it up."""

    member_id: MemberId
    branch_id: OrgId
    amount_fen: int

    @property
    def is_for_centre(self) -> bool:
        """PAY-6: the extra alone is measured, never the total; two smaller ones do not add up."""
        return self.amount_fen >= CENTRE_FEN


def extra_to(member_id: MemberId, branch_id: OrgId, amount_fen: int) -> Extra | Refusal:
    if not 0 < amount_fen <= MAX_EXTRA_FEN:
        return refuse("dues.extra_too_large", amount_fen=amount_fen, limit_fen=MAX_EXTRA_FEN)
    return Extra(member_id, branch_id, amount_fen)


class CentreState(StrEnum):
    """How far an extra for the centre has come."""

    COLLECTED = "collected"
    PASSED_ON = "passed_on"
    RECEIPTED = "receipted"  # the centre's own receipt has come and its number is entered


NEXT: Mapping[CentreState, CentreState] = MappingProxyType(
    {CentreState.COLLECTED: CentreState.PASSED_ON, CentreState.PASSED_ON: CentreState.RECEIPTED}
)


def advance(state: CentreState, wanted: CentreState) -> CentreState | Refusal:
    """The wanted state when it is the next one; no step is skipped, taken twice or taken back."""
    return wanted if NEXT.get(state) is wanted else refuse("dues.extra_state", state=state.value)
