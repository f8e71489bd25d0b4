"""The other person: approves an entry, and then it is booked; refuses it; or reverses what was approved wrongly (BOOK-4, BOOK-7).

The entry's row is locked first, then what the organisation holds: two who decide at once decide once, and two approvals that
come to more than there is come one after the other.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import ServiceError
from services.contracts.values import OrgId
from services.dues.acting import Place, acted, find_place
from services.dues.domain import ledger
from services.dues.domain import spending as rules
from services.dues.domain.refusal import Refusal
from services.dues.domain.spending import SpendingState
from services.dues.orders import books, store
from services.dues.spending.holding import holding_of
from services.dues.spending.recording import SPENDERS
from services.dues.spending.views import spending_view
from services.dues.storage.spending import spending
from services.dues.storage.tables import posting

_ERRORS: dict[str, type[ServiceError]] = {
    "dues.spending_same_person": e.SpendingSamePerson,
    "dues.spending_decided": e.SpendingDecided,
    "dues.more_than_held": e.SpendingExceedsHeld,
}


def approve_spending(work: Work, request: ById) -> m.SpendingView:
    """Books an entry in the running month. Raises SpendingSamePerson, SpendingDecided, SpendingExceedsHeld."""
    entry, place = _to_answer(work, request.id, SpendingState.APPROVED)
    beyond = rules.check_amount(entry.amount_fen, holding_of(work, place, lock=True))
    if beyond is not None:
        raise _error_of(beyond)
    county, _ = store.county_root(work.db, entry.county_id)
    posting_id = _booked(work, entry.county_id, rules.spend(OrgId(entry.org_id), county, entry.amount_fen))
    booked = {"posting_id": posting_id, "booked_month": work.month.number, "year": work.month.year}
    return _answered(work, entry, place, SpendingState.APPROVED, booked)


def refuse_spending(work: Work, request: m.AnswerSpending) -> m.SpendingView:
    """Nothing is booked, and whoever recorded it reads why."""
    entry, place = _to_answer(work, request.id, SpendingState.REFUSED)
    return _answered(work, entry, place, SpendingState.REFUSED, {"reason": request.reason})


def reverse_spending(work: Work, request: m.AnswerSpending) -> m.SpendingView:
    """Takes an approved entry back by its mirror, booked in the running month; its money is available again."""
    entry, place = _to_answer(work, request.id, SpendingState.REVERSED)
    chosen = sa.or_(posting.c.posting_id == entry.posting_id, posting.c.reverses == entry.posting_id)
    mirrored = ledger.reverse_postings(books.stored_postings(work.db, chosen), [entry.posting_id])
    assert not isinstance(mirrored, Refusal), "what is approved is booked once and not reversed"
    taken_back = {"reversal_id": _booked(work, entry.county_id, *mirrored), "reason": request.reason}
    return _answered(work, entry, place, SpendingState.REVERSED, taken_back)


def _to_answer(work: Work, spending_id: str, after: SpendingState) -> tuple[Any, Place]:
    """The entry, locked, which this caller may bring there; and the organisation that spent."""
    c = spending.c
    own = sa.select(spending).where(c.spending_id == spending_id, c.county_id == work.caller.county_id)
    entry = work.db.execute(own.with_for_update()).one_or_none()
    place = find_place(work, entry.org_id) if entry else None
    require_reach(work.caller, place.path if place else None, *SPENDERS)
    assert entry is not None and place is not None, "what is absent is out of reach"  # noqa: PT018
    moved = rules.answer(SpendingState(entry.state), entry.recorded_by, work.caller.account_id or "", after)
    if isinstance(moved, Refusal):
        raise _error_of(moved)
    return entry, place


def _booked(work: Work, county_id: str, entry: ledger.Posting) -> str:
    (row,) = books.rows_of(work, county_id, [entry])
    work.db.execute(sa.insert(posting), [row])
    return str(row["posting_id"])


def _answered(work: Work, entry: Any, place: Place, after: SpendingState, beside: dict[str, Any]) -> m.SpendingView:
    """The box moves with the state, by trigger."""
    step = "reversed" if after is SpendingState.REVERSED else "answered"
    who = {**acted(work, place.path, step), f"{step}_by_member": work.caller.member_id, f"{step}_at": work.now}
    changed = sa.update(spending).where(spending.c.spending_id == entry.spending_id)
    work.db.execute(changed.values(state=after.value, **who, **beside))
    why = beside.get("reason", "")
    work.audit(f"dues.spending_{after.value}", "spending", entry.spending_id, path=place.path, purpose=why)
    return spending_view(work, entry.spending_id)


def _error_of(refusal: Refusal) -> ServiceError:
    return _ERRORS[refusal.code](**refusal.detail)
