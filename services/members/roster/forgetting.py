"""Roster files go when their use is over: each holds the identity numbers and phones of everybody in it (SEC-1, SEC-3).

What stays is the record: who brought or took which file, when, for what, and what it changed. Two steps, so that neither a crash
in between nor an application that begins meanwhile leaves a file without a record or a record without its file: first the record
is closed, then the file is deleted and the record says so. A file is deleted as often as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.members.messages import ExportState, ImportState
from services.members.storage.tables import roster_import

FILES_KEPT = timedelta(days=7)
"""A dry run is looked at, mended and applied within days, and an export is fetched at once; a week covers a holiday."""
AT_MOST = 200
"""Files deleted by one run of the job: more than a county brings in a year."""
FORGOTTEN = "members.roster_file_forgotten"

_OPEN = (ImportState.CHECKING, ImportState.CHECKED, ImportState.APPLYING)
Row = Any
"""``id`` and ``file_key``."""


def close_old_imports(work: Work, _: None) -> int:
    """An import that nobody applied in time is refused, so that nothing looks for its file any more."""
    old = sa.update(roster_import).where(
        roster_import.c.county_id == work.caller.county_id,
        roster_import.c.created_at < work.now - FILES_KEPT,
        roster_import.c.state.in_(_OPEN),
    )
    return work.db.execute(old.values(state=ImportState.REFUSED, refusal=FORGOTTEN, refusal_detail={})).rowcount


def find_old_files(work: Work, table: sa.Table) -> Sequence[Row]:
    """Records that are over and still have their file, the oldest first."""
    over = table.c.state.not_in(_OPEN) if table is roster_import else table.c.state == ExportState.READY
    old = sa.select(table.c.id, table.c.file_key).where(
        table.c.county_id == work.caller.county_id,
        table.c.created_at < work.now - FILES_KEPT,
        table.c.file_forgotten_at.is_(None),
        over,
    )
    return work.db.execute(old.order_by(table.c.created_at).limit(AT_MOST)).all()


def note_forgotten(work: Work, gone: tuple[sa.Table, Sequence[str]]) -> int:
    table, ids = gone
    now: datetime = work.now
    return work.db.execute(sa.update(table).where(table.c.id.in_(ids)).values(file_forgotten_at=now)).rowcount
