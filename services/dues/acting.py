"""By which office somebody acts, how offices and their holders are named, and who is a branch's next superior.

An office is named to everybody; its holder only to himself and to those who look after him (REG-8).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.audit import office
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Caller, Role
from services.contracts.values import OrgId, OrgPath
from services.dues.domain.month_report import COMMITTEE_KINDS, Level, Unit, level_of, superior_path
from services.dues.storage.tables import LTree, member, organisation


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """An organisation as it stands today."""

    org_id: OrgId
    path: OrgPath
    name: str
    level: Level | None
    kind: str


def find_place(work: Work, org_id: str) -> Place | None:
    """An organisation of the caller's county."""
    c = organisation.c
    statement = sa.select(c.org_id, sa.cast(c.path, sa.Text).label("path"), c.name, c.kind).where(
        c.org_id == org_id, c.county_id == work.caller.county_id
    )
    row = work.db.execute(statement).one_or_none()
    if row is None:
        return None
    return Place(OrgId(row.org_id), OrgPath(row.path), row.name, level_of(row.kind, OrgPath(row.path)), row.kind)


def reached_place(work: Work, org_id: str, *roles: Role) -> Place:
    """The same, where one of the roles is held over it. Raises NotFound alike for what is out of reach or absent."""
    place = find_place(work, org_id)
    require_reach(work.caller, None if place is None else place.path, *(roles or TREE_ADMINISTRATORS))
    assert place is not None, "what is not there is out of everybody's reach"
    return place


def superior_of(work: Work, path: OrgPath, level: Level = Level.BRANCH) -> OrgPath:
    """Where an organisation at ``path`` reports to, and who decides next after it: the nearest committee, else the county."""
    c = organisation.c
    above = sa.select(sa.cast(c.path, sa.Text)).where(
        c.county_id == work.caller.county_id,
        c.kind.in_(sorted(COMMITTEE_KINDS)),
        c.path.op("@>", is_comparison=True)(sa.cast(path, LTree)),
    )
    found = superior_path(Unit(OrgId(""), path, level), (OrgPath(one) for one in work.db.scalars(above) if "." in one))
    return found or path


def decides_at(caller: Caller, path: OrgPath) -> bool:
    """Whether the caller decides for the committee or county at ``path``. Nobody decides for another level."""
    return caller.reaches(path, Role.COUNTY_ADMIN if "." not in path else Role.COMMITTEE_ADMIN)


def acted(work: Work, path: OrgPath, prefix: str) -> dict[str, str | None]:
    """The columns that say who acts, by which office: ``<prefix>_by`` and its like."""
    return {f"{prefix}_by": work.caller.account_id, f"{prefix}_by_path": office(work.caller, path)[1]}


def office_names(work: Work, paths: Iterable[str | None]) -> dict[str | None, str]:
    """What to call these offices: the organisations' names."""
    wanted = sorted({path for path in paths if path})
    if not wanted:
        return {}
    as_text = sa.cast(organisation.c.path, sa.Text)
    named = sa.select(as_text.label("path"), organisation.c.name).where(as_text.in_(wanted))
    return {row.path: row.name for row in work.db.execute(named)}


def holder_names(work: Work, member_ids: Iterable[str | None]) -> dict[str | None, str]:
    """The names of those office holders who may be named to this caller."""
    wanted = sorted({member_id for member_id in member_ids if member_id})
    if not wanted:
        return {}
    c = member.c
    statement = sa.select(c.member_id, c.name, sa.cast(c.branch_path, sa.Text).label("path")).where(
        c.member_id.in_(wanted), c.county_id == work.caller.county_id
    )
    return {
        row.member_id: row.name
        for row in work.db.execute(statement)
        if row.member_id == work.caller.member_id or work.caller.reaches(OrgPath(row.path), *TREE_ADMINISTRATORS)
    }
