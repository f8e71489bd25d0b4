"""Which bill files have served: they name payers by their WeChat ids, so they are not kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.dues.storage.reconciliation import day_bill

AT_MOST = 200


def find_old_files(work: Work, kept: timedelta) -> list[Any]:
    old = sa.select(day_bill.c.bill_id, day_bill.c.file_key).where(
        day_bill.c.county_id == work.caller.county_id,
        day_bill.c.state != "waiting",
        day_bill.c.file_key.is_not(None),
        day_bill.c.created_at < work.now - kept,
    )
    return list(work.db.execute(old.order_by(day_bill.c.bill_id).limit(AT_MOST)).all())


def note_forgotten(work: Work, bill_ids: Sequence[str]) -> None:
    work.db.execute(sa.update(day_bill).where(day_bill.c.bill_id.in_(bill_ids)).values(file_key=None))
