"""What must hold of members' accounts: each agrees with obligations and reasons, worked out by a statement of its own (ARR-1)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of
from services.dues.arrears.comparison import DIFFERENCES

INVARIANTS = (
    Invariant(
        "account_agrees_with_months",
        "each member's account that does not wait says what his months and reasons say",
        none_of(DIFFERENCES),
    ),
)
