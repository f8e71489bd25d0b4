"""Cash that goes back: written down by one person against a signed voucher, confirmed by another, and only then booked (PAY-11).

The branch that took it pays out of its box; what it has brought to the county's account, finance transfers from there. Until the
confirmation the months stay paid and the receipts are valid; the money is set aside, so that nobody promises it twice.

Locks come in the order of ``giving``, and the branch's box last.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import ServiceError
from services.contracts.values import OrgId, OrgPath
from services.dues.cash import box
from services.dues.cash.places import SECONDS, TAKERS, own_account, own_name, path_in_reach
from services.dues.domain import cash_return as rules
from services.dues.domain.cash_return import ReturnSource
from services.dues.domain.ledger import AccountKind, AccountRef
from services.dues.domain.refusal import Refusal
from services.dues.orders import refunds
from services.dues.orders import store as order_store
from services.dues.refunding import giving, store
from services.dues.refunding.return_views import return_view, state_of
from services.dues.refusals import refused
from services.dues.storage.tables import refund

RECORDING = {ReturnSource.BOX: TAKERS, ReturnSource.BANK: (Role.FINANCE,)}
"""Who hands the money back."""
CONFIRMING = {ReturnSource.BOX: SECONDS, ReturnSource.BANK: (Role.FINANCE, Role.COUNTY_ADMIN)}
"""Whose second word it takes."""
_RECORDERS = (*TAKERS, Role.FINANCE)
_SECONDS = (*SECONDS, Role.FINANCE, Role.COUNTY_ADMIN)
_NO_HAND = {"hand_words": None, "hand_by_account": None, "hand_by_name": "", "hand_at": None}
_NO_VOUCHER = {"hand_source": None, "hand_voucher": None}


def record_cash_return(work: Work, request: m.RecordCashReturn) -> m.CashReturn:
    """Writes down that the payer has signed for his money, and sets it aside. Raises CashReturnRefused for more than there is."""
    order, row, path = _found(work, request.id, *_RECORDERS)
    source = ReturnSource(request.source.value)
    _require_office(work, path, RECORDING[source])
    _require_another(work, order)
    _settle(rules.record(state_of(row), source, row.amount_fen, box.locked(work, row.branch_id)))
    recorded = {
        "hand_source": source.value,
        "hand_voucher": request.voucher,
        "hand_words": request.words.strip(),
        "hand_by_account": own_account(work),
        "hand_by_name": own_name(work),
        "hand_at": work.now,
    }
    if not _write_voucher(work, row, recorded):
        raise e.CashReturnRefused(reason="voucher_used")
    _set_aside(work, row.branch_id, source, row.amount_fen)
    _audit(work, "recorded", order, row, path=path, purpose=request.voucher)
    return return_view(work, row.refund_id)


def confirm_cash_return(work: Work, request: ById) -> m.CashReturn:
    """Another says that it is so: entries reversed, months due again, receipts void, and the money out of box or account."""
    order, row, path = _found(work, request.id, *_SECONDS)
    if row.hand_source is not None:
        _require_office(work, path, CONFIRMING[ReturnSource(row.hand_source)])
    _require_another(work, order)
    _settle(rules.confirm(state_of(row), row.hand_by_account, own_account(work)))
    source = ReturnSource(row.hand_source)
    lines = store.lines_of_request(work.db, row.refund_request_id, order)
    order = giving.take_back(work, order, lines, row.refund_id)
    second = {"hand_confirmed_by_account": own_account(work), "hand_confirmed_by_name": own_name(work)}
    refunds.confirm(work, order, row, held=_account(work, row, source), **second)
    if source is ReturnSource.BOX:
        box.change(work, row.branch_id, held=-row.amount_fen, promised=-row.amount_fen)
    failpoints.reach("refunding.returned")
    _audit(work, "confirmed", order, row, path=path, purpose=row.hand_voucher)
    return return_view(work, row.refund_id)


def release_cash_return(work: Work, request: m.ReleaseCashReturn) -> m.CashReturn:
    """Strikes out what was recorded, with a reason: by whoever recorded it, or refused by another. It waits again."""
    order, row, path = _found(work, request.id, *_SECONDS)
    if row.hand_source is not None and row.hand_by_account != own_account(work):
        _require_office(work, path, CONFIRMING[ReturnSource(row.hand_source)])
    _settle(rules.release(state_of(row)))
    _set_aside(work, row.branch_id, ReturnSource(row.hand_source), -row.amount_fen)
    refunds.note(work, row.refund_id, **_NO_HAND, **_NO_VOUCHER)
    _audit(work, "released", order, row, path=path, purpose=request.reason)
    return return_view(work, row.refund_id)


def _found(work: Work, refund_id: str, *roles: Role) -> tuple[order_store.Order, Any, OrgPath]:
    """The order locked, its refund as it stands then, and where the cash was taken. Raises NotFound out of reach."""
    of_cash = sa.select(refund).where(refund.c.refund_id == refund_id, refund.c.channel == order_store.CASH)
    known = work.db.execute(of_cash).one_or_none()
    path = path_in_reach(work, None if known is None else known.branch_id, *roles)
    assert known is not None, "what is absent is out of reach"
    order = order_store.find_order(work.db, order_id=known.order_id, lock=True)
    assert order is not None, "a refund has an order"
    return order, work.db.execute(of_cash).one(), path


def _require_office(work: Work, path: OrgPath, roles: tuple[Role, ...]) -> None:
    if not work.caller.reaches(path, *roles):
        raise e.CashReturnRefused(reason="wrong_office")


def _require_another(work: Work, order: order_store.Order) -> None:
    """Nobody hands himself his money, and nobody confirms that he has it."""
    if work.caller.member_id == order.payer_id:
        raise e.RefundNeedsAnother


def _settle(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise _error_of(refusal)


def _error_of(refusal: Refusal) -> ServiceError:
    return e.RefundNeedsAnother() if refusal.code == "dues.same_person" else refused(e.CashReturnRefused, refusal)


def _write_voucher(work: Work, row: Any, recorded: dict[str, Any]) -> bool:
    """Whether its number was free: the branch's box is locked, so two never write one at once."""
    c = refund.c
    used = sa.exists().where(c.branch_id == row.branch_id, c.hand_voucher == recorded["hand_voucher"])
    if work.db.scalar(sa.select(used)):
        return False
    refunds.note(work, row.refund_id, **recorded)
    return True


def _set_aside(work: Work, branch_id: str, source: ReturnSource, amount_fen: int) -> None:
    """Out of what may be promised; a negative amount gives it free again."""
    if source is ReturnSource.BOX:
        box.change(work, branch_id, promised=amount_fen)
    else:
        box.change(work, branch_id, banked=-amount_fen)


def _account(work: Work, row: Any, source: ReturnSource) -> AccountRef:
    if source is ReturnSource.BOX:
        return AccountRef(AccountKind.CASH, OrgId(row.branch_id))
    return AccountRef(AccountKind.BANK, order_store.county_root(work.db, row.county_id)[0])


def _audit(work: Work, action: str, order: order_store.Order, row: Any, **said: Any) -> None:
    work.audit(f"dues.cash_return_{action}", "refund", row.refund_id, about_member_id=order.payer_id, **said)
