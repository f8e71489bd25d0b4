"""Entering what was spent: one of the five classes, a voucher, the body that decided. Books nothing (BOOK-4)."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql as pg

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.dues.acting import acted, reached_place
from services.dues.domain import spending as rules
from services.dues.domain.spending import SpendingState
from services.dues.refusals import refused
from services.dues.spending.holding import holding_of
from services.dues.spending.views import spending_view
from services.dues.storage.spending import PAYEE, PURPOSE, spending

SPENDERS = (Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN, Role.FINANCE)


def record_spending(work: Work, request: m.RecordSpending) -> m.SpendingView:
    """Enters a voucher for another person to answer. Raises SpendingRefused, SpendingExceedsHeld, VoucherUsed.

    What is available is only looked at here and holds nothing: it is weighed again, under a lock, when the entry is approved.
    """
    place = reached_place(work, request.org_id, *SPENDERS)
    wrong = rules.check_keeps(place.kind) or rules.check_days(request.spent_on, request.decided_on, work.today)
    if wrong is not None:
        raise refused(e.SpendingRefused, wrong)
    beyond = rules.check_amount(request.amount_fen, holding_of(work, place))
    if beyond is not None:
        raise e.SpendingExceedsHeld(**beyond.detail)
    spending_id = new_id()
    row = {
        "spending_id": spending_id,
        "county_id": work.caller.county_id,
        "org_id": place.org_id,
        "spending_class": request.spending_class.value,
        "amount_fen": request.amount_fen,
        "spent_on": request.spent_on,
        "payee_sealed": work.keys.seal(PAYEE, spending_id, request.payee),
        "purpose_sealed": work.keys.seal(PURPOSE, spending_id, request.purpose),
        "voucher_number": request.voucher_number,
        "deciding_body": request.deciding_body,
        "decided_on": request.decided_on,
        "state": SpendingState.RECORDED.value,
        "year": request.spent_on.year,
        "recorded_by_member": work.caller.member_id,
        "recorded_at": work.now,
        **acted(work, place.path, "recorded"),
    }
    entered = pg.insert(spending).values(row).on_conflict_do_nothing().returning(spending.c.spending_id)
    if work.db.scalar(entered) is None:
        raise e.VoucherUsed
    work.audit("dues.spending_recorded", "spending", spending_id, path=place.path)
    return spending_view(work, spending_id)
