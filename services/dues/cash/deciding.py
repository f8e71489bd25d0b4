"""The second person: confirms cash, and then all of it is booked in one transaction, or lets its months go.

Settles by the same hand as a payment over WeChat (``orders.settling``). The taking's row is locked first, so two who confirm at
once settle once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.row_scope import county_wide
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import ServiceError
from services.dues.cash import box
from services.dues.cash.places import SECONDS, own_account, own_name, path_in_reach
from services.dues.cash.views import taking_view
from services.dues.domain import cash as rules
from services.dues.domain.cash import TakingState
from services.dues.domain.order_state import AWAITING_MONEY, OrderEvent, OrderState, move
from services.dues.domain.refusal import Refusal
from services.dues.orders import hot_settlement, store
from services.dues.orders.settling import settle_cash
from services.dues.refusals import refused
from services.dues.storage.cash import cash_taking
from services.dues.storage.tables import orders


def confirm_cash(work: Work, request: ById) -> m.CashTakingView:
    """Books the cash: months paid, ledger, receipts and events together. Raises SamePerson for whoever took it."""
    taking = _locked(work, request.id)
    path = path_in_reach(work, None if taking is None else taking.branch_id, *SECONDS)
    assert taking is not None, "what is absent is out of reach"
    after = rules.confirm(TakingState(taking.state), taking.taken_by, own_account(work))
    if isinstance(after, Refusal):
        raise _error_of(after)
    _decide(work, taking, after, "")
    with county_wide(
        work.db, work.caller
    ):  # receipts are the members' own; whoever confirms writes them and reads none
        settle_cash(work, _orders(work, taking.taking_id), taking.taken_by_name)
    box.put_in(work, taking.branch_id, taking.county_id, taking.total_fen)
    work.audit("cash_confirmed", "cash_taking", taking.taking_id, path=path)
    return taking_view(work, taking.taking_id)


def release_cash(work: Work, request: m.ReleaseCash) -> m.CashTakingView:
    """Frees the months again, with a reason: withdrawn by whoever took the cash, refused by another. Nothing was booked."""
    taking = _locked(work, request.id)
    path = path_in_reach(work, None if taking is None else taking.branch_id, *SECONDS)
    assert taking is not None, "what is absent is out of reach"
    after = rules.release(TakingState(taking.state), taking.taken_by, own_account(work))
    if isinstance(after, Refusal):
        raise _error_of(after)
    _decide(work, taking, after, request.reason)
    for order in _orders(work, taking.taking_id):
        assert order.state in AWAITING_MONEY, "cash that waits has orders that wait"
        closed = move(order.state, OrderEvent.CLOSED)
        assert isinstance(closed, OrderState)
        store.move_order(work.db, order.order_id, closed)
        store.release_lines(work.db, order.order_id)
    work.audit(f"cash_{after.value}", "cash_taking", taking.taking_id, path=path, purpose=request.reason)
    return taking_view(work, taking.taking_id)


def _locked(work: Work, taking_id: str) -> Any | None:
    own = sa.select(cash_taking).where(cash_taking.c.taking_id == taking_id)
    return work.db.execute(own.with_for_update()).one_or_none()


def _orders(work: Work, taking_id: str) -> list[store.Order]:
    numbers = work.db.scalars(sa.select(orders.c.number).where(orders.c.taking_id == taking_id))
    return list(hot_settlement.lock_orders(work.db, numbers).values())


def _decide(work: Work, taking: Any, after: TakingState, reason: str) -> None:
    decided = {"decided_by": own_account(work), "decided_by_name": own_name(work), "decided_at": work.now}
    changed = sa.update(cash_taking).where(cash_taking.c.taking_id == taking.taking_id)
    work.db.execute(changed.values(state=after.value, reason=reason, **decided))


def _error_of(refusal: Refusal) -> ServiceError:
    return refused(e.SamePerson if refusal.code == "dues.same_person" else e.CashDecided, refusal)
