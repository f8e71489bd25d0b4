"""What the jobs process does about day bills: fetches them in the morning, matches what waits, forgets old files.

Each bill is stored before it is matched, so that a fault of either half repeats that half alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from services.chassis import failpoints, metrics
from services.chassis.blobs import BlobMissing, BlobStore, BlobTooLarge
from services.chassis.clock import Clock
from services.chassis.core import Desk
from services.chassis.logging import get_logger
from services.dues.domain.trade_bill import BillFault, BillRefused
from services.dues.providers.bills import BillProvider
from services.dues.providers.payments import ProviderRefused, ProviderUnavailable
from services.dues.providers.wechat_bills import MAX_PACKED_BYTES
from services.dues.reconciliation import days, forgetting
from services.dues.reconciliation.bill_files import BLOCK_BYTES, MEDIA_TYPE, Incoming, proven
from services.dues.reconciliation.staging import Breathe

_log = get_logger(__name__)
_PASSING = {"40001", "40P01", "55P03"}
"""Serialization failure, deadlock, a lock that was not to be had: the same bill is tried again."""


def fetch_bills(desk: Desk, provider: BillProvider, files: BlobStore, wall_clock: Clock) -> int:
    """Asks for the bill of each day that lacks one, and shows how many still do."""
    due = desk.run(days.take_due_days, wall_clock.now())
    for each in due:
        try:
            _fetch(desk, each, provider, files)
        except ProviderUnavailable as fault:
            _fail(desk, each, fault.reason)
        except ProviderRefused as refused:
            _fail(desk, each, refused.code)
        except BlobTooLarge:
            _fail(desk, each, BillFault.TOO_LARGE.value)
        except BillRefused as refused_bill:
            _fail(desk, each, refused_bill.fault.value)
    behind = desk.read(days.backlog, wall_clock.now())
    metrics.RECONCILIATION_MISSING_DAYS.labels("dues").set(behind.missing_days)
    metrics.RECONCILIATION_OPEN.labels("dues").set(behind.open_differences)
    return len(due)


def _fetch(desk: Desk, due: days.DueDay, provider: BillProvider, files: BlobStore) -> None:
    offer = provider.find_bill(due.day)
    if offer is None:
        desk.run(days.keep_bill, days.Brought(due.day, None))
        return
    with offer.opened() as blocks:
        incoming = io.BufferedReader(Incoming(blocks, offer.sha1), BLOCK_BYTES)
        file = files.put(incoming, MEDIA_TYPE, MAX_PACKED_BYTES)
    failpoints.reach("reconciliation.bill_stored")
    desk.run(days.keep_bill, days.Brought(due.day, file, sha1=offer.sha1))


def _fail(desk: Desk, due: days.DueDay, failure: str) -> None:
    _log.warning("bill_not_fetched", day=due.day.isoformat(), tries=due.tries + 1, error=failure)
    desk.run(days.note_failure, days.Failed(due.day, failure))


def match_waiting(desk: Desk, provider: BillProvider, files: BlobStore, breathe: Breathe) -> bool:
    """Matches the bill that waits longest; whether there was one."""
    bill = desk.read(days.find_waiting, None)
    if bill is None:
        return False

    def blocks() -> Iterator[bytes]:
        with closing(files.open(bill.file_key)) as stream:
            yield from proven(stream, sha256=bill.file_sha256, sha1=bill.sha1)

    try:
        totals = desk.run(
            days.match_bill, days.BillToMatch(bill, provider.app_id, provider.merchant_id, blocks, breathe)
        )
    except BillRefused as refused:
        _refuse(desk, bill, refused)
        return True
    except BlobMissing:
        _refuse(desk, bill, BillRefused(BillFault.EMPTY))
        return True
    except DBAPIError as fault:
        if fault.connection_invalidated or getattr(fault.orig, "pgcode", None) in _PASSING:
            raise
        _refuse_unforeseen(desk, bill)
        return True
    except Exception:  # noqa: BLE001 (whatever it is, the person who waits must hear of it)
        _refuse_unforeseen(desk, bill)
        return True
    _log.info("bill_matched", day=bill.day.isoformat(), rows=totals.rows)
    return True


def _refuse_unforeseen(desk: Desk, bill: Any) -> None:
    _log.exception("bill_not_matched", day=bill.day.isoformat())
    _refuse(desk, bill, BillRefused(BillFault.UNFORESEEN))


def _refuse(desk: Desk, bill: Any, refused: BillRefused) -> None:
    _log.warning("bill_refused", day=bill.day.isoformat(), fault=refused.fault.value, line=refused.line)
    desk.run(days.note_refused, days.RefusedBill(bill, refused))


def forget_old_bills(desk: Desk, files: BlobStore) -> int:
    """Deletes the files of bills that have served; what was found stays."""
    old = desk.read(forgetting.find_old_files, BILLS_KEPT)
    for one in old:
        files.delete(one.file_key)
    if old:
        desk.run(forgetting.note_forgotten, [one.bill_id for one in old])
    return len(old)


BILLS_KEPT = timedelta(days=180)
"""WeChat gives a bill for three months; twice that serves an annual inspection's questions about the half year."""
