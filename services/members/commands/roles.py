"""Giving and withdrawing offices (REG-8): rules of the domain, kept as dated grants, in force at once."""

from __future__ import annotations

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import MAX_GRANTS
from services.contracts.common import Nothing
from services.contracts.errors import Forbidden, NotFound
from services.contracts.members import messages as m
from services.contracts.members.errors import GrantRefused
from services.contracts.values import OrgPath
from services.members.domain.authority import Capability, HeldRole, giver_fault, grant_fault
from services.members.domain.organisation import Kind
from services.members.reach import organisation_in_reach, reaches
from services.members.schemas import grant_view, roles_of
from services.members.storage import accounts, grants, members, sessions


def give_role(work: Work, request: m.GiveRole) -> m.GrantView:
    """Any member of the county may be given an office over an organisation of the giver's reach."""
    county_id = work.caller.county_id
    organisation = organisation_in_reach(work, request.org_id, Capability.ROLE_GIVE)
    if members.find_line(work.db, county_id, request.member_id) is None:
        raise NotFound
    members.lock(work.db, county_id, request.member_id)
    path, role = OrgPath(organisation.path), str(request.role)
    rows = grants.held_by(work.db, county_id, request.member_id, MAX_GRANTS)
    held = [HeldRole(row.role, OrgPath(row.org_path)) for row in rows]
    to_himself = request.member_id == work.caller.member_id
    fault = giver_fault(roles_of(work.caller), role, path, to_himself=to_himself) or grant_fault(
        held, role, Kind(organisation.kind), path
    )
    if fault is not None:
        raise GrantRefused(reason=str(fault))
    if len(held) >= MAX_GRANTS - 1:
        raise GrantRefused(reason="too_many_roles")
    grant_id = new_id()
    grants.add(
        work.db,
        {
            "id": grant_id,
            "county_id": county_id,
            "member_id": request.member_id,
            "org_id": request.org_id,
            "role": role,
            "given_at": work.now,
            "given_by_account_id": work.caller.account_id,
            "reason": request.reason,
        },
    )
    _made_effective(work, "give_role", member_id=request.member_id, grant_id=grant_id, path=path, reason=request.reason)
    given = grants.find(work.db, county_id, grant_id)
    assert given is not None
    return grant_view(given)


def withdraw_role(work: Work, request: m.WithdrawRole) -> Nothing:
    """Nobody withdraws from himself, so that the last one of an office can't lock the county out by a slip."""
    grant = grants.find(work.db, work.caller.county_id, request.id)
    if grant is None or not reaches(work.caller, Capability.ROLE_GIVE, OrgPath(grant.org_path)):
        raise NotFound
    path = OrgPath(grant.org_path)
    to_himself = grant.member_id == work.caller.member_id
    if giver_fault(roles_of(work.caller), grant.role, path, to_himself=to_himself) is not None:
        raise Forbidden
    members.lock(work.db, work.caller.county_id, grant.member_id)
    grants.end(work.db, grant.id, by_account_id=work.caller.account_id, reason=request.reason, now=work.now)
    _made_effective(
        work, "withdraw_role", member_id=grant.member_id, grant_id=grant.id, path=path, reason=request.reason
    )
    return Nothing()


def _made_effective(work: Work, action: str, *, member_id: str, grant_id: str, path: OrgPath, reason: str) -> None:
    """Ends the person's sessions, whose tokens still tell of the roles before, and leaves the trace."""
    account = accounts.find_of_member(work.db, work.caller.county_id, member_id)
    if account is not None:
        sessions.end(work.db, account.id, "roles_changed", work.now)
    work.audit(action, "role_grant", grant_id, path=path, about_member_id=member_id, purpose=reason)
