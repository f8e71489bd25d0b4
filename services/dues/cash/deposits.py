"""Cash on its way to the bank: handed in by the branch, found on the statement by the county's finance officer (BOOK-3).

The books move once, when amount and slip both agree and another person says so. What differs waits on a list; nothing is half
done.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import ServiceError
from services.contracts.values import OrgId
from services.dues.cash import box
from services.dues.cash.places import TAKERS, branch_in_reach, own_account, own_name, path_in_reach
from services.dues.cash.views import deposit_view
from services.dues.domain import cash as rules
from services.dues.domain.cash import BankLine, DepositState
from services.dues.domain.cash_return import ReturnSource
from services.dues.domain.ledger import AccountKind, AccountRef, deposit_cash
from services.dues.domain.refusal import Refusal
from services.dues.orders import books, store
from services.dues.refusals import refused
from services.dues.storage.cash import cash_deposit


def hand_in_cash(work: Work, request: m.HandInCash) -> m.CashDeposit:
    """Enters a bank slip. Raises CashNotEnough beyond what the branch has in hand and has not handed in yet."""
    branch = branch_in_reach(work, request.org_id)
    wrong = rules.check_slip_day(request.banked_on, work.today)
    if wrong is not None:
        raise refused(e.CashRefused, wrong)
    _promise(work, branch.org_id, request.amount_fen)
    row = {
        "deposit_id": new_id(),
        "county_id": work.caller.county_id,
        "branch_id": branch.org_id,
        "state": DepositState.HANDED_IN.value,
        "amount_fen": request.amount_fen,
        "banked_on": request.banked_on,
        "slip_number": rules.plain_slip(request.slip_number),
        "handed_in_by": own_account(work),
        "handed_in_by_name": own_name(work),
        "handed_in_at": work.now,
    }
    entered = pg.insert(cash_deposit).values(row).on_conflict_do_nothing().returning(*cash_deposit.c)
    stored = work.db.execute(entered).one_or_none()
    if stored is None:
        raise e.SlipUsed
    work.audit("cash_handed_in", "cash_deposit", stored.deposit_id, path=branch.path)
    return deposit_view(work, stored, branch.name)


def match_cash_deposit(work: Work, request: m.MatchCashDeposit) -> m.CashDeposit:
    """Holds a hand-in against a line of the bank's statement: booked when both agree, else on the list of differences."""
    deposit = _locked(work, request.id)
    path = path_in_reach(work, None if deposit is None else deposit.branch_id, Role.FINANCE)
    assert deposit is not None, "what is absent is out of reach"
    statement = BankLine(request.statement_fen, rules.plain_slip(request.statement_slip))
    entered = BankLine(deposit.amount_fen, deposit.slip_number)
    after = rules.match_deposit(
        DepositState(deposit.state), deposit.handed_in_by, own_account(work), entered, statement
    )
    if isinstance(after, Refusal):
        raise _error_of(after)
    said = {"statement_fen": statement.amount_fen, "statement_slip": statement.slip_number}
    changed = _decide(work, deposit, after, **said)
    if after is DepositState.CONFIRMED:
        _book(work, deposit)
    work.audit(f"cash_deposit_{after.value}", "cash_deposit", deposit.deposit_id, path=path)
    return changed


def withdraw_cash_deposit(work: Work, request: m.WithdrawCashDeposit) -> m.CashDeposit:
    """Takes back a slip that was entered wrongly; the cash counts as in hand again, and the slip may be entered anew."""
    deposit = _locked(work, request.id)
    path = path_in_reach(work, None if deposit is None else deposit.branch_id, *TAKERS)
    assert deposit is not None, "what is absent is out of reach"
    after = rules.withdraw_deposit(DepositState(deposit.state))
    if isinstance(after, Refusal):
        raise _error_of(after)
    changed = _decide(work, deposit, after, reason=request.reason)
    box.change(work, deposit.branch_id, promised=-deposit.amount_fen)
    work.audit("cash_deposit_withdrawn", "cash_deposit", deposit.deposit_id, path=path, purpose=request.reason)
    return changed


def _locked(work: Work, deposit_id: str) -> Any | None:
    own = sa.select(cash_deposit).where(cash_deposit.c.deposit_id == deposit_id)
    return work.db.execute(own.with_for_update()).one_or_none()


def _decide(work: Work, deposit: Any, after: DepositState, **said: Any) -> m.CashDeposit:
    decided = {"decided_by": own_account(work), "decided_by_name": own_name(work), "decided_at": work.now}
    changed = sa.update(cash_deposit).where(cash_deposit.c.deposit_id == deposit.deposit_id)
    row = work.db.execute(changed.values(state=after.value, **decided, **said).returning(*cash_deposit.c)).one()
    return deposit_view(work, row, store.org_names(work.db, [row.branch_id])[row.branch_id])


def _book(work: Work, deposit: Any) -> None:
    """The county's account is the county's: the branch keeps nothing (BOOK-2, BOOK-3)."""
    owner, _ = store.county_root(work.db, deposit.county_id)
    cash = AccountRef(AccountKind.CASH, OrgId(deposit.branch_id))
    bank = AccountRef(AccountKind.BANK, owner)
    books.post(work, deposit.county_id, (deposit_cash(deposit.deposit_id, deposit.amount_fen, cash, bank),))
    fen = deposit.amount_fen
    box.change(work, deposit.branch_id, held=-fen, promised=-fen, banked=fen)


def _promise(work: Work, branch_id: str, amount_fen: int) -> None:
    """Locks the branch's box, so that two hand-ins never promise the same cash."""
    available = box.locked(work, branch_id).available_fen(ReturnSource.BOX)
    if not 0 < amount_fen <= available:
        raise e.CashNotEnough(available_fen=available)
    box.change(work, branch_id, promised=amount_fen)


def _error_of(refusal: Refusal) -> ServiceError:
    return refused(e.SamePerson if refusal.code == "dues.same_person" else e.DepositDecided, refusal)
