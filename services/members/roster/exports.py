"""Asking for the roster as a workbook, and where it is. The purpose is kept with the trace (SEC-2, SEC-5)."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.errors import NotFound
from services.contracts.members import messages as m
from services.contracts.members.methods import ROSTER_EXPORT_REQUESTED
from services.contracts.values import OrgPath
from services.members.domain.authority import Capability
from services.members.reach import organisation_in_reach, reaches
from services.members.roster.views import export_view
from services.members.storage.tables import organisation, roster_export


def begin_export(work: Work, request: m.BeginExport) -> m.ExportView:
    path = OrgPath(organisation_in_reach(work, request.org_id, Capability.ROSTER_EXPORT).path)
    row = {
        "id": new_id(),
        "county_id": work.caller.county_id,
        "org_id": request.org_id,
        "begun_by_account_id": work.caller.account_id,
        "purpose": request.purpose,
        "state": m.ExportState.MAKING,
        "rows": 0,
        "created_at": work.now,
    }
    stored = work.db.execute(sa.insert(roster_export).values(row).returning(roster_export)).one()
    work.audit("begin_export", "roster_export", stored.id, path=path, purpose=request.purpose)
    work.tell(ROSTER_EXPORT_REQUESTED, m.ExportRequested(export_id=stored.id), subject=stored.id)
    return export_view(stored)


def get_export(work: Work, request: ById) -> m.ExportView:
    mine = (
        sa.select(roster_export, organisation.c.path)
        .join(organisation, organisation.c.id == roster_export.c.org_id)
        .where(roster_export.c.county_id == work.caller.county_id, roster_export.c.id == request.id)
    )
    record = work.db.execute(mine).one_or_none()
    if record is None or not reaches(work.caller, Capability.ROSTER_EXPORT, OrgPath(record.path)):
        raise NotFound
    return export_view(record)
