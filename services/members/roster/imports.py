"""Asking for an import of a roster file, and how far it is. The work itself is done by the jobs process.

Whoever stands over a township or the county may bring its roster; what lies outside is answered as if it did not exist (REG-8).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.ids import new_id
from services.chassis.pages import cut, key_of, whole
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.errors import InvalidMessage, NotFound
from services.contracts.members import messages as m
from services.contracts.members.errors import ImportNotReady
from services.contracts.members.methods import ROSTER_IMPORT_REQUESTED
from services.contracts.values import OrgPath
from services.members.domain.authority import Capability
from services.members.reach import organisation_in_reach, reaches
from services.members.roster.views import import_row, import_view
from services.members.storage.tables import organisation, roster_import, roster_import_row

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def begin_import(work: Work, request: m.BeginImport) -> m.ImportView:
    if request.file.media_type != XLSX:
        raise InvalidMessage(fields={"file.media_type": "not a workbook"})
    path = OrgPath(organisation_in_reach(work, request.org_id, Capability.ROSTER_IMPORT).path)
    file = request.file
    row = {
        "id": new_id(),
        "county_id": work.caller.county_id,
        "org_id": request.org_id,
        "begun_by_account_id": work.caller.account_id,
        "state": m.ImportState.CHECKING,
        "file_key": file.key,
        "file_sha256": file.sha256,
        "file_size_bytes": file.size_bytes,
        "file_media_type": file.media_type,
        "file_name": file.name,
        "created_at": work.now,
    }
    stored = work.db.execute(sa.insert(roster_import).values(row).returning(roster_import)).one()
    work.audit("begin_import", "roster_import", stored.id, path=path)
    _request(work, stored.id, apply=False)
    return import_view(stored)


def get_import(work: Work, request: ById) -> m.ImportView:
    return import_view(_reached(work, request.id))


def list_import_rows(work: Work, request: m.ListImportRows) -> m.ImportRowPage:
    _reached(work, request.id)
    rows = sa.select(roster_import_row).where(roster_import_row.c.import_id == request.id)
    if request.outcome is not None:
        rows = rows.where(roster_import_row.c.outcome == request.outcome)
    after = key_of(request.cursor, whole)
    if after is not None:
        rows = rows.where(roster_import_row.c.position > after[0])
    found = work.db.execute(rows.order_by(roster_import_row.c.position).limit(request.limit + 1)).all()
    page, cursor = cut(found, request.limit, lambda row: (row.position,))
    return m.ImportRowPage(items=tuple(import_row(row) for row in page), next_cursor=cursor)


def apply_import(work: Work, request: ById) -> m.ImportView:
    record = _reached(work, request.id, lock=True)
    unmatched = int(record.counts.get("unmatched", 0))
    if record.state != m.ImportState.CHECKED or unmatched:
        # A file that fits by half is mended and brought again: a roster taken over by half is worse than the old one.
        raise ImportNotReady(state=record.state, unmatched=unmatched)
    applying = {"state": m.ImportState.APPLYING, "progress_percent": 0}
    stored = work.db.execute(
        sa.update(roster_import).where(roster_import.c.id == record.id).values(applying).returning(roster_import)
    ).one()
    work.audit("apply_import", "roster_import", record.id, path=OrgPath(record.path))
    _request(work, record.id, apply=True)
    return import_view(stored)


def _reached(work: Work, import_id: str, *, lock: bool = False) -> Any:
    mine = (
        sa.select(roster_import, organisation.c.path)
        .join(organisation, organisation.c.id == roster_import.c.org_id)
        .where(roster_import.c.county_id == work.caller.county_id, roster_import.c.id == import_id)
    )
    if lock:
        mine = mine.with_for_update(of=roster_import)
    record = work.db.execute(mine).one_or_none()
    if record is None or not reaches(work.caller, Capability.ROSTER_IMPORT, OrgPath(record.path)):
        raise NotFound
    return record


def _request(work: Work, import_id: str, *, apply: bool) -> None:
    work.tell(ROSTER_IMPORT_REQUESTED, m.ImportRequested(import_id=import_id, apply=apply), subject=import_id)
