"""Reads of the organisation tree and of the roles held in it, each within the caller's reach (REG-8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.errors import NotFound
from services.contracts.members import messages as m
from services.contracts.values import OrgPath, org_path
from services.members.domain.authority import Capability
from services.members.reach import organisation_in_reach, reaches
from services.members.schemas import grant_view, org_view
from services.members.storage import grants, organisations


def list_organisations(work: Work, request: m.ListOrgs) -> m.OrgPage:
    county_id, after = work.caller.county_id, key_of(request.cursor, org_path)
    after_path = after[0] if after else None
    if request.parent_id is None:
        own = {grant.org_id for grant in work.caller.grants}
        found = organisations.page_of_ids(work.db, county_id, own, after_path, request.limit + 1)
    else:
        organisation_in_reach(work, request.parent_id, Capability.ORGANISATION_READ)
        found = organisations.page_of_children(work.db, county_id, request.parent_id, after_path, request.limit + 1)
    rows, cursor = cut(found, request.limit, lambda row: (row.path,))
    return m.OrgPage(items=_views(work, rows), next_cursor=cursor)


def get_organisation(work: Work, request: ById) -> m.OrgView:
    """An organisation in reach of an office, or the member's own branch."""
    row = organisations.find(work.db, work.caller.county_id, request.id)
    wanted = (Capability.ORGANISATION_READ, Capability.BRANCH_CARD_READ)
    if row is None or not any(reaches(work.caller, capability, OrgPath(row.path)) for capability in wanted):
        raise NotFound
    return _views(work, [row])[0]


def list_grants(work: Work, request: m.ListGrants) -> m.GrantPage:
    """The offices over this organisation and beneath it."""
    organisation = organisation_in_reach(work, request.org_id, Capability.ROLE_READ)
    after = key_of(request.cursor, parse_id)
    found = grants.page_beneath(
        work.db, work.caller.county_id, OrgPath(organisation.path), after[0] if after else None, request.limit + 1
    )
    rows, cursor = cut(found, request.limit, lambda row: (row.id,))
    return m.GrantPage(items=tuple(grant_view(row) for row in rows), next_cursor=cursor)


def _views(work: Work, rows: Sequence[Any]) -> tuple[m.OrgView, ...]:
    counts = organisations.member_counts(work.db, [row.id for row in rows])
    return tuple(org_view(row, counts.get(row.id, 0)) for row in rows)
