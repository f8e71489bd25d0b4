"""How a long job on a roster file goes on: it lets others work in between, and says how far it is.

Owns no step of the work. Progress is written in short transactions of its own, so that it is seen while the job's transaction,
which changes everything or nothing, is still open.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import date

import sqlalchemy as sa

from services.chassis.blobs import BlobStore
from services.chassis.core import Desk
from services.chassis.work import Work
from services.members.domain.roster.plan import ImportPlan
from services.members.storage.tables import roster_import

Breathe = Callable[[], None]
ALIVE_EVERY_S = 5.0
"""A transaction that asks nothing for thirty seconds is ended by the database; on a slow machine a plan may take that long."""


class CannotImport(Exception):
    """The file, or the roster of the day, does not allow it: a stable code with impersonal parameters. Nothing was changed."""

    def __init__(self, code: str, **detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class LastPlan:
    """The plan of the latest dry run of this process, so that applying it at once need not read the file a second time.

    Only ever used for the same import, the same version of the roster and the same day, which together decide a plan. It is given
    out once; one at most is kept.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[str, int, date], ImportPlan] | None = None

    def keep(self, import_id: str, roster_version: int, day: date, plan: ImportPlan) -> None:
        self._kept = ((import_id, roster_version, day), plan) if plan.can_be_applied else None

    def take(self, import_id: str, roster_version: int, day: date) -> ImportPlan | None:
        kept, self._kept = self._kept, None
        return kept[1] if kept is not None and kept[0] == (import_id, roster_version, day) else None


@dataclasses.dataclass(slots=True)
class Course:
    """What the jobs on roster files share."""

    work: Work
    desk: Desk
    files: BlobStore
    plans: LastPlan
    let_others_work: Breathe
    _asked_at: float = dataclasses.field(default_factory=time.monotonic)

    def breathe(self) -> None:
        self.let_others_work()
        if time.monotonic() - self._asked_at >= ALIVE_EVERY_S:
            self.work.db.execute(sa.text("SELECT true"))
            self._asked_at = time.monotonic()

    def reached(self, import_id: str, percent: int) -> None:
        """Writes a milestone. The job's own transaction must not hold the row yet."""
        self.desk.run(_write_progress, (import_id, percent))


def _write_progress(work: Work, reached: tuple[str, int]) -> None:
    import_id, percent = reached
    mine = sa.update(roster_import).where(roster_import.c.id == import_id, roster_import.c.progress_percent < percent)
    work.db.execute(mine.values(progress_percent=percent))
