"""Writes the tree of organisations as a plan would have it: new ones, renamed ones, moved ones with all beneath them."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.ids import new_id
from services.contracts.values import OrgPath
from services.members.domain.organisation import Organisation
from services.members.domain.roster.organisations import OrganisationsPlan
from services.members.roster import bulk
from services.members.roster.present import Place
from services.members.storage.tables import member, membership, organisation


def write_tree(
    db: sa.Connection, county_id: str, plan: OrganisationsPlan, before: dict[str, Place]
) -> tuple[dict[str, Place], list[Place]]:
    """All places by code as they are afterwards, and those that are new or changed, parents before children."""
    wished = {one.organisation.code: one.organisation for one in plan.in_order_of_tree() if one.organisation}
    contents = {**{code: place.organisation for code, place in before.items()}, **wished}
    after: dict[str, Place] = {}
    for code, content in contents.items():
        path = plan.tree.find_path(code)
        assert path is not None, "a plan that may be applied has a way up for each organisation"
        after[code] = _place(before.get(code), content, path)
    changed = sorted((place for code, place in after.items() if before.get(code) != place), key=lambda one: one.path)
    new = [place for place in changed if place.organisation.code not in before]
    old = [place for place in changed if place.organisation.code in before]
    for some in bulk.batches(new):
        bulk.insert(db, organisation, [_row(county_id, place, after) for place in some])
    for some in bulk.batches(old):
        bulk.update(db, organisation, [_row(county_id, place, after) for place in some])
    return after, changed


def _place(before: Place | None, content: Organisation, path: OrgPath) -> Place:
    if before is None:
        return Place(new_id(), path, 1, content)
    if (before.organisation, before.path) == (content, path):
        return before
    return Place(before.id, path, before.version + 1, content)


def _row(county_id: str, place: Place, places: dict[str, Place]) -> dict[str, object]:
    one = place.organisation
    return {
        "id": place.id,
        "county_id": county_id,
        "parent_id": places[one.parent_code].id if one.parent_code else None,
        "code": one.code,
        "name": one.name,
        "kind": one.kind,
        "path": place.path,
        "version": place.version,
    }


def raise_moved_members(
    db: sa.Connection, before: dict[str, Place], after: dict[str, Place], known: set[str]
) -> list[str]:
    """Members of branches whose path is another one now, but for ``known``: what others keep of them names the path."""
    branches = [place.id for code, place in before.items() if after[code].path != place.path]
    if not branches:
        return []
    held = sa.select(membership.c.member_id).where(membership.c.branch_id.in_(branches)).distinct()
    raised = [one for one in db.scalars(held) if one not in known]
    for some in bulk.batches(raised):
        db.execute(sa.update(member).where(member.c.id.in_(some)).values(version=member.c.version + 1))
    return raised
