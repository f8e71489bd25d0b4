"""Where in the tree a caller may do something: the domain's table of roles applied to a call (REG-8).

What lies outside is answered as if it did not exist; what is in reach but not allowed is said to be forbidden.
"""

from __future__ import annotations

from typing import Any

from services.chassis.work import Work
from services.contracts.caller import Caller, CallerKind
from services.contracts.errors import Forbidden, NotFound
from services.contracts.values import OrgPath
from services.members.domain.authority import Capability, may
from services.members.schemas import roles_of
from services.members.storage import members, organisations


def reaches(caller: Caller, capability: Capability, path: OrgPath) -> bool:
    return caller.kind is CallerKind.SYSTEM or may(roles_of(caller), capability, path)


def organisation_in_reach(work: Work, org_id: str, capability: Capability) -> Any:
    """The organisation's row. Raises NotFound alike for a stranger's and for none."""
    row = organisations.find(work.db, work.caller.county_id, org_id)
    if row is None or not reaches(work.caller, capability, OrgPath(row.path)):
        raise NotFound
    return row


def member_in_reach(work: Work, member_id: str, capability: Capability = Capability.ROSTER_READ) -> Any:
    """A roster line of somebody whose branch the caller reaches.

    Raises NotFound for a stranger; Forbidden when the caller sees him on the roster but may not do this.
    """
    row = members.find_line(work.db, work.caller.county_id, member_id)
    if row is None or not reaches(work.caller, Capability.ROSTER_READ, OrgPath(row.branch_path)):
        raise NotFound
    if not reaches(work.caller, capability, OrgPath(row.branch_path)):
        raise Forbidden
    return row
