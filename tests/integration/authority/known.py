"""What the story's people, places and things are called by, and callers for making it."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.chassis.ids import new_id
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.members.messages import Session
from tests.integration.authority.story import MONTH, TREE, Person, above


@dataclass
class Known:
    """The ids behind the story's names, and the sessions of those who ask."""

    orgs: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    orders: dict[tuple[str, str], str] = field(default_factory=dict)
    """Unpaid orders by (payer, beneficiary), names of the story."""
    receipts: dict[tuple[str, str], str] = field(default_factory=dict)
    check_code: str = ""
    offices: dict[str, str] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    paid: dict[tuple[str, str], str] = field(default_factory=dict)
    """Paid orders by (payer, beneficiary)."""
    paid_lines: dict[str, dict[str, str]] = field(default_factory=dict)
    asked_for: set[str] = field(default_factory=set)
    """Paid orders whose line somebody has asked back."""
    refund_requests: dict[tuple[str, str], str] = field(default_factory=dict)
    stuck_refunds: dict[tuple[str, str], str] = field(default_factory=dict)

    def paid_line(self, order_id: str) -> dict[str, str]:
        return self.paid_lines.get(order_id, {"member_id": order_id, "month": MONTH})

    delays: dict[str, str] = field(default_factory=dict)
    reliefs: dict[str, str] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    slips: dict[str, str] = field(default_factory=dict)
    """Remittances that wait, by the organisation to which they go."""
    differences: dict[str, str] = field(default_factory=dict)
    """Resolved ones, by county."""
    spendings: dict[str, str] = field(default_factory=dict)
    """Entries that wait for a second person, by the organisation that spends; beside them those that were approved."""
    approved_spendings: dict[str, str] = field(default_factory=dict)
    takings: dict[str, str] = field(default_factory=dict)
    """Cash that waits for a second person, by branch; beside it hand-ins and extras for the centre."""
    deposits: dict[str, str] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    cash_returns: dict[str, str] = field(default_factory=dict)
    """Refunds of cash by branch: to be handed back, and recorded out of the box by nobody who asks."""
    recorded_cash_returns: dict[str, str] = field(default_factory=dict)
    slip_papers: dict[str, str] = field(default_factory=dict)
    """The same slips, by the organisation that passes up."""


def caller_of(known: Known, person: Person, *grants: tuple[Role, str]) -> Caller:
    """A caller for making the story; those who are asked about have real sessions."""
    paths = {code: ".".join(reversed(above(code))) for code in TREE}
    held = tuple(Grant(role=role, org_id=known.orgs[code], path=paths[code]) for role, code in grants)
    return Caller(
        kind=CallerKind.PERSON,
        county_id=person.county,
        account_id=new_id(),
        member_id=known.people[person.name],
        grants=held,
    )
