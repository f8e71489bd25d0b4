"""What dues does by itself."""

from __future__ import annotations

import eventlet

from services.chassis.blobs import FolderStore
from services.chassis.core import Desk
from services.chassis.entrypoints import every
from services.chassis.service import FORGET_EVERY_S, ChassisJobs, CoreProvider, Kept
from services.dues import errands
from services.dues.arrears import accounts, comparison, reminders
from services.dues.orders import notices
from services.dues.reconciliation import jobs as reconciling
from services.dues.service.wechat import WALL_CLOCK, WithPayments, wechat_bills
from services.dues.settings import DuesSettings
from services.dues.totals import folding

SETTLE_EVERY_S = 0.2
"""The payer's page shows the payment within a second; what comes meanwhile makes one batch."""
QUERY_EVERY_S = 2.0
REFUND_EVERY_S = 2.0
ACCOUNTS_EVERY_S = 0.5
"""The ladder lags a payment by about this much."""
REMINDERS_EVERY_S = 2.0
FETCH_BILLS_EVERY_S = 60.0
MATCH_BILLS_EVERY_S = 2.0
"""Who brought a file by hand looks at its outcome."""
FOLD_EVERY_S = 2.0
"""A report is that far behind the till, in small batches."""
COMPARE_EVERY_S = 600.0
"""Asks whether it is night and not done yet."""


class DuesJobs(WithPayments, ChassisJobs):
    """What dues does by itself: settles notices, asks after payments, closes what ran out, sends refunds, tells its events."""

    name = "dues-jobs"
    core = CoreProvider(DuesSettings, slow=True)

    @every(SETTLE_EVERY_S)
    def settle_notices(self, desk: Desk) -> None:
        notices.settle_notices(desk)

    @every(QUERY_EVERY_S)
    def ask_after_payments(self, desk: Desk) -> None:
        errands.ask_after_payments(desk, self.payments)

    @every(REFUND_EVERY_S)
    def send_refunds(self, desk: Desk) -> None:
        errands.send_refunds(desk, self.payments)

    # Arrears

    @every(ACCOUNTS_EVERY_S, alone=True)
    def keep_accounts(self, desk: Desk) -> None:
        accounts.keep_accounts(desk)

    nightly = Kept(DuesSettings, lambda _: comparison.Nightly())

    @every(FORGET_EVERY_S, alone=True)
    def compare_accounts(self, desk: Desk) -> None:
        comparison.compare_at_night(desk, self.nightly)

    @every(REMINDERS_EVERY_S, alone=True)
    def tell_reminders(self, desk: Desk) -> None:
        reminders.tell_reminders(desk)

    # Day bills (BOOK-8)

    bills = Kept(DuesSettings, wechat_bills)
    files = Kept(DuesSettings, lambda settings: FolderStore(settings.blob_dir, settings.seal_keys))

    @every(FETCH_BILLS_EVERY_S, alone=True)
    def fetch_bills(self, desk: Desk) -> None:
        reconciling.fetch_bills(desk, self.bills, self.files, WALL_CLOCK)

    @every(MATCH_BILLS_EVERY_S, alone=True)
    def match_bills(self, desk: Desk) -> None:
        reconciling.match_waiting(desk, self.bills, self.files, eventlet.sleep)

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_bills(self, desk: Desk) -> None:
        reconciling.forget_old_bills(desk, self.files)

    @every(FOLD_EVERY_S, alone=True)
    def fold_totals(self, desk: Desk) -> None:
        folding.fold_new_postings(desk)

    @every(COMPARE_EVERY_S, alone=True)
    def compare_totals(self, desk: Desk) -> None:
        folding.compare_at_night(desk)
