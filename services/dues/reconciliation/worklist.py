"""What finance sees of days and differences, and what it makes of a difference: resolved with a reason, taken up again, settled.

The bill is that of the county's one merchant account, so whoever works with it holds his office over the county. Settling asks
WeChat anew and goes through the one door of payments: the file alone books nothing (PAY-9).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis import failpoints
from services.chassis.access import require_reach
from services.chassis.clock import Clock, shanghai
from services.chassis.core import Desk
from services.chassis.ids import new_id
from services.chassis.row_scope import county_wide
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import InvalidMessage, NotFound
from services.contracts.values import AttachmentRef, OrgPath
from services.dues.domain import reconciliation as rules
from services.dues.orders import settling
from services.dues.providers.payments import PaymentProvider, PaymentState, ProviderRefused, ProviderUnavailable
from services.dues.reconciliation import days, views
from services.dues.reconciliation.bill_files import MEDIA_TYPE
from services.dues.storage.reconciliation import difference, difference_step, reconciliation
from services.dues.storage.tables import organisation

OLDEST_BILL = timedelta(days=3 * 366)
"""Of a file brought by hand: the years that an inspection may ask about."""
OLDEST_AT_PROVIDER = timedelta(days=90)


def require_county(work: Work, *roles: Role) -> OrgPath:
    """The county, when one of the roles is held over it. Raises NotFound for an office over a part of it."""
    county = sa.select(organisation.c.path).where(
        organisation.c.county_id == work.caller.county_id, sa.func.nlevel(organisation.c.path) == 1
    )
    path = work.db.scalar(county)
    return require_reach(work.caller, OrgPath(path) if path else None, *roles)


def request_bill(work: Work, request: m.ByDay, wall_clock: Clock) -> m.ReconciliationView:
    """The bill of this day is asked for at once, whether it was matched before or not."""
    path = require_county(work, Role.FINANCE)
    _check_day(work, request.day, wall_clock, OLDEST_AT_PROVIDER)
    county = work.caller.county_id
    now = {"next_try_at": work.now, "tries": 0, "failure": ""}
    wanted = pg.insert(reconciliation).values(county_id=county, day=request.day, **now)
    work.db.execute(wanted.on_conflict_do_update(index_elements=["county_id", "day"], set_=now))
    work.audit("request_bill", "reconciliation", request.day.isoformat(), path=path)
    return views.reconciliation_view(work, request.day)


def upload_bill(work: Work, request: m.UploadBill, wall_clock: Clock) -> m.BillView:
    """A file brought by hand waits to be matched like one that was fetched."""
    path = require_county(work, Role.FINANCE)
    if request.file.media_type != MEDIA_TYPE:
        raise InvalidMessage(fields={"file.media_type": "not a bill's"})
    _check_day(work, request.day, wall_clock, OLDEST_BILL)
    file = request.file
    stored = AttachmentRef(file.key, file.sha256, file.size_bytes, file.media_type)
    bill = days.keep_bill(work, days.Brought(request.day, stored, name=file.name))
    work.audit("upload_bill", "day_bill", bill.bill_id, path=path)
    return views.bill_view(bill)


def _check_day(work: Work, day: date, wall_clock: Clock, oldest: timedelta) -> None:
    """A day is over when it is over at WeChat; play money may be reconciled on its own day, for demonstrations."""
    today = shanghai(wall_clock.now()).date()
    if day > today or (day == today and not work.settings.simulated):
        raise e.BillDayRefused(reason="not_over")
    if day < today - oldest:
        raise e.BillDayRefused(reason="too_old")


def resolve_difference(work: Work, request: m.ResolveDifference) -> m.DifferenceDetail:
    path = require_county(work, Role.FINANCE)
    row = locked(work, request.id)
    if row.state != m.DifferenceState.OPEN:
        raise e.DifferenceNotOpen(state=row.state)
    done = {"reason": request.reason.value, "words": request.words}
    _change(work, row.difference_id, state="resolved", resolved_by=_account(work), resolved_at=work.now, **done)
    note_step(work, row.difference_id, m.StepKind.RESOLVED, path, **done)
    return views.difference_detail(work, request.id)


def reopen_difference(work: Work, request: m.ReopenDifference) -> m.DifferenceDetail:
    """A second look: what was resolved waits again, with what was said of it kept among its steps."""
    path = require_county(work, Role.FINANCE, Role.COUNTY_ADMIN)
    row = locked(work, request.id)
    if row.state != m.DifferenceState.RESOLVED:
        raise e.DifferenceNotResolved
    _change(work, row.difference_id, state="open", resolved_by=None, resolved_at=None, reason="", words="")
    note_step(work, row.difference_id, m.StepKind.REOPENED, path, words=request.words)
    return views.difference_detail(work, request.id)


def settle_difference(desk: Desk, request: ById, provider: PaymentProvider) -> m.DifferenceDetail:
    """Asks WeChat after the order of a payment that only the bill knows, and settles what WeChat confirms."""
    number = desk.read(_number_to_ask, request.id)
    try:
        payment = provider.find_payment(number)
    except (ProviderUnavailable, ProviderRefused):
        raise e.PaymentProviderUnavailable from None
    if payment is None or not payment.was_paid:
        raise e.PaymentNotFound
    failpoints.reach("reconciliation.payment_confirmed")
    return desk.run(_settle, _Confirmed(request.id, payment))


def _number_to_ask(work: Work, difference_id: str) -> str:
    require_county(work, Role.FINANCE)
    row = work.db.execute(_one(work, difference_id)).one_or_none()
    if row is None:
        raise NotFound
    _require_to_settle(row)
    return str(row.order_no)


@dataclass(frozen=True, slots=True)
class _Confirmed:
    difference_id: str
    payment: PaymentState


def _settle(work: Work, confirmed: _Confirmed) -> m.DifferenceDetail:
    """The payment goes through the door of all payments; the difference is gone when it is this one that the ledger has now."""
    path = require_county(work, Role.FINANCE)
    row = locked(work, confirmed.difference_id)
    _require_to_settle(row)
    with county_wide(work.db, work.caller):  # the receipts are other people's, and finance never sees them
        outcome = settling.settle(work, settling.PaymentTold(confirmed.payment, "query")).outcome
    is_in_ledger = outcome in (m.NoticeOutcome.SETTLED, m.NoticeOutcome.LATE, m.NoticeOutcome.ALREADY_KNOWN)
    if is_in_ledger and confirmed.payment.transaction_id == row.transaction_id:
        _change(work, row.difference_id, state="gone")
    note_step(work, row.difference_id, m.StepKind.SETTLED, path, reason=outcome.value)
    return views.difference_detail(work, confirmed.difference_id)


def _require_to_settle(row: Any) -> None:
    if row.state != m.DifferenceState.OPEN:
        raise e.DifferenceNotOpen(state=row.state)
    if rules.DifferenceKind(row.kind) not in rules.TO_SETTLE:
        raise e.DifferenceNotToSettle


def _one(work: Work, difference_id: str) -> sa.Select[Any]:
    return sa.select(difference).where(
        difference.c.county_id == work.caller.county_id, difference.c.difference_id == difference_id
    )


def locked(work: Work, difference_id: str) -> Any:
    """The difference, held until the transaction ends. Raises NotFound."""
    row = work.db.execute(_one(work, difference_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def note_step(
    work: Work, difference_id: str, step: m.StepKind, path: OrgPath, *, reason: str = "", words: str = ""
) -> None:
    """What a person did stays, in the steps that everybody here sees and in the audit trail."""
    row: dict[str, Any] = {"step_id": new_id(), "county_id": work.caller.county_id, "step": step.value}
    row |= {
        "difference_id": difference_id,
        "reason": reason,
        "words": words,
        "by_account": _account(work),
        "done_at": work.now,
    }
    work.db.execute(sa.insert(difference_step).values(row))
    work.audit(f"difference_{step.value}", "difference", difference_id, path=path, purpose=reason)


def _account(work: Work) -> str:
    assert work.caller.account_id is not None, "the gate lets only people in"
    return work.caller.account_id


def _change(work: Work, difference_id: str, **changes: Any) -> None:
    work.db.execute(sa.update(difference).where(difference.c.difference_id == difference_id).values(**changes))
