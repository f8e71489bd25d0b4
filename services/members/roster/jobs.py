"""What the jobs process does when an import or an export was asked for, and when their files have served.

Owns what becomes of a failure: whatever was begun is taken back, and the import or export itself says why. Only what passes by
itself (a deadlock, a lost connection) is raised, so that the same event comes again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.chassis.blobs import BlobStore
from services.chassis.core import Desk
from services.chassis.logging import get_logger
from services.chassis.work import Work
from services.contracts.errors import ServiceError
from services.contracts.members.messages import ExportRequested, ExportState, ImportRequested, ImportState
from services.members.roster import forgetting
from services.members.roster.applying import apply_roster
from services.members.roster.checking import check_roster
from services.members.roster.course import Breathe, CannotImport, Course, LastPlan
from services.members.roster.writing_out import write_export
from services.members.storage.tables import roster_export, roster_import

_log = get_logger(__name__)
_PASSING = {"40001", "40P01"}
"""Serialization failure, deadlock."""


def handle_import(
    work: Work, request: ImportRequested, *, desk: Desk, files: BlobStore, plans: LastPlan, breathe: Breathe
) -> None:
    state = ImportState.APPLYING if request.apply else ImportState.CHECKING
    record = _find(work, roster_import, request.import_id)
    if record is None or record.state != state:
        return
    course = Course(work, desk, files, plans, breathe)
    refusal = _attempt(course, apply_roster if request.apply else check_roster, record)
    if refusal is not None:
        refused = {"state": ImportState.REFUSED, "refusal": refusal.code, "refusal_detail": refusal.detail}
        work.db.execute(sa.update(roster_import).where(roster_import.c.id == record.id).values(refused))


def handle_export(
    work: Work, request: ExportRequested, *, desk: Desk, files: BlobStore, plans: LastPlan, breathe: Breathe
) -> None:
    record = _find(work, roster_export, request.export_id)
    if record is None or record.state != ExportState.MAKING:
        return
    if _attempt(Course(work, desk, files, plans, breathe), write_export, record) is not None:
        failed = {"state": ExportState.FAILED, "finished_at": work.now}
        work.db.execute(sa.update(roster_export).where(roster_export.c.id == record.id).values(failed))


def _find(work: Work, table: sa.Table, row_id: str) -> Any:
    mine = sa.select(table).where(table.c.county_id == work.caller.county_id, table.c.id == row_id)
    return work.db.execute(mine).one_or_none()


def _attempt(course: Course, step: Callable[[Course, Any], None], record: Any) -> CannotImport | None:
    """Does the step, or takes all of it back and says why not."""
    try:
        with course.work.db.begin_nested():
            step(course, record)
    except CannotImport as refusal:
        return refusal
    except DBAPIError as fault:
        if fault.connection_invalidated or getattr(fault.orig, "pgcode", None) in _PASSING:
            raise
        return _unforeseen(step)
    except Exception:  # noqa: BLE001 (whatever it is, the person who waits must hear of it)
        return _unforeseen(step)
    return None


def _unforeseen(step: Callable[..., None]) -> CannotImport:
    _log.exception("roster_job_failed", step=step.__name__)
    return CannotImport(ServiceError.code)


def forget_old_files(desk: Desk, files: BlobStore) -> int:
    """Deletes the files of imports and exports that are over; how many."""
    desk.run(forgetting.close_old_imports, None)
    count = 0
    for table in (roster_import, roster_export):
        old = desk.read(forgetting.find_old_files, table)
        for one in old:
            files.delete(one.file_key)
        if old:
            count += desk.run(forgetting.note_forgotten, (table, [one.id for one in old]))
    return count
