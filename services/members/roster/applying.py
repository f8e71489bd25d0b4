"""Applies a checked file: everything in one transaction, or nothing.

Owns the order of the steps. The roster must still be the one that the dry run saw; each step is a few statements over batches,
and other services hear of what changed in batches as well.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.members.errors import ImportOutOfDate
from services.contracts.members.messages import BATCH, ImportState, OrganisationsChanged, OrgSnapshot, RosterChanged
from services.contracts.members.messages import OrgKind as WireKind
from services.contracts.members.methods import ORGANISATIONS_CHANGED, ROSTER_CHANGED
from services.members.domain.roster.organisations import Outcome
from services.members.roster import bulk, changing, entering, present, tree
from services.members.roster.course import CannotImport, Course
from services.members.roster.planning import make_plan
from services.members.roster.present import Place
from services.members.storage import members as stored_members
from services.members.storage import organisations as stored_organisations
from services.members.storage.tables import roster_import

PLANNED, WRITTEN = 50, 90


def apply_roster(course: Course, record: Any) -> None:
    """Raises CannotImport when nothing may be applied; then nothing was."""
    work = course.work
    places = present.places(work.db, record.county_id)
    plan = course.plans.take(record.id, record.roster_version, work.today) or make_plan(course, record, places)
    course.reached(record.id, PLANNED)
    # From here on no other change of the county's roster comes in between.
    version = stored_organisations.raise_roster_version(work.db, record.county_id)
    if version != record.roster_version + 1 or plan.digest != record.plan_digest:
        raise CannotImport(ImportOutOfDate.code)
    if not plan.can_be_applied:
        raise CannotImport("rows_unmatched", count=str(plan.counts.unmatched + plan.counts.organisations_unmatched))
    after, changed_places = tree.write_tree(work.db, record.county_id, plan.organisations, places)
    _tell_places(work, record.county_id, changed_places, after)
    added = [one.line for one in plan.members if one.outcome is Outcome.ADDED and one.line is not None]
    entering.add_members(course, record.county_id, added, after)
    ids = {code: place.id for code, place in after.items()}
    outcomes = [one for one in plan.members if one.outcome in {Outcome.CHANGED, Outcome.MOVED}]
    touched = changing.change_members(course, record.county_id, outcomes, ids)
    touched += tree.raise_moved_members(work.db, places, after, set(touched))
    course.reached(record.id, WRITTEN)
    _tell_members(course, record.county_id, touched)
    work.audit("apply_import", "roster_import", record.id, path=after[_code(places, record.org_id)].path)
    done = {"state": ImportState.APPLIED, "progress_percent": 100, "applied_at": work.now}
    work.db.execute(sa.update(roster_import).where(roster_import.c.id == record.id).values(done))


def _code(places: dict[str, Place], org_id: str) -> str:
    return next(code for code, place in places.items() if place.id == org_id)


def _tell_places(work: Work, county_id: str, changed: list[Place], places: dict[str, Place]) -> None:
    """Before the members, so that whoever listens knows a branch before he hears of those in it."""
    ids = {code: place.id for code, place in places.items()}
    snapshots = [_snapshot(county_id, place, ids) for place in changed]
    batches = bulk.batches(snapshots, BATCH)
    messages = [(f"county/{county_id}", OrganisationsChanged(organisations=tuple(some))) for some in batches]
    work.tell_many(ORGANISATIONS_CHANGED, messages)


def _tell_members(course: Course, county_id: str, member_ids: list[str]) -> None:
    for some in bulk.batches(member_ids, BATCH):
        told = tuple(one for one in stored_members.snapshots(course.work.db, some) if one.branches)
        if told:
            course.work.tell(ROSTER_CHANGED, RosterChanged(members=told), subject=f"county/{county_id}")
        course.breathe()


def _snapshot(county_id: str, place: Place, ids_by_code: dict[str, str]) -> OrgSnapshot:
    one = place.organisation
    return OrgSnapshot(
        id=place.id,
        county_id=county_id,
        parent_id=ids_by_code[one.parent_code] if one.parent_code else None,
        code=one.code,
        name=one.name,
        kind=WireKind(one.kind.value),
        path=place.path,
        version=place.version,
    )
