"""Between the contracts' messages, the domain's values and the rows of the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.contracts.caller import Caller, Grant, Role
from services.contracts.members import messages as m
from services.contracts.values import OrgPath
from services.members.domain.authority import HeldRole


def held_roles(grants: Iterable[Grant]) -> tuple[HeldRole, ...]:
    """A caller's grants as the domain reads them."""
    return tuple(HeldRole(grant.role, grant.path) for grant in grants)


def roles_of(caller: Caller) -> tuple[HeldRole, ...]:
    return held_roles(caller.grants)


def grant_from(row: Any) -> Grant:
    """From a row of ``storage.grants``."""
    return Grant(role=Role(row.role), org_id=row.org_id, path=OrgPath(row.org_path))


def grant_view(row: Any) -> m.GrantView:
    return m.GrantView(
        id=row.id,
        role=Role(row.role),
        org_id=row.org_id,
        org_name=row.org_name,
        member_id=row.member_id,
        member_name=row.member_name,
        since=row.given_at,
    )


def org_view(row: Any, member_count: int) -> m.OrgView:
    return m.OrgView(
        id=row.id,
        parent_id=row.parent_id,
        code=row.code,
        name=row.name,
        kind=m.OrgKind(row.kind),
        path=OrgPath(row.path),
        member_count=member_count,
    )


def org_snapshot(row: Any) -> m.OrgSnapshot:
    return m.OrgSnapshot(
        id=row.id,
        county_id=row.county_id,
        parent_id=row.parent_id,
        code=row.code,
        name=row.name,
        kind=m.OrgKind(row.kind),
        path=OrgPath(row.path),
        version=row.version,
    )


def member_view(row: Any) -> m.MemberView:
    """From a line of ``storage.members``."""
    return m.MemberView(
        id=row.id,
        name=row.name,
        sex=row.sex,
        nation=row.nation,
        id_number_masked=row.id_number_masked,
        phone_masked=row.phone_masked,
        branch_id=row.branch_id,
        branch_name=row.branch_name,
        branch_path=OrgPath(row.branch_path),
        status=m.MemberStatus(row.status),
        member_class=m.MemberClass(row.member_class),
        household=row.household,
        joined_on=row.joined_on,
        full_on=row.full_on,
        away=row.away,
        away_place=row.away_place,
        has_account=row.has_account,
        version=row.version,
    )


def device_session(row: Any, current_id: str | None) -> m.DeviceSession:
    return m.DeviceSession(
        id=row.id,
        device=row.device,
        signed_in_at=row.signed_in_at,
        last_used_at=row.last_used_at,
        current=row.id == current_id,
    )
