"""Cash: what one taking may hold, that two persons decide on it, and what a bank's statement says to a hand-in (PAY-2, PAY-5).

Owns the rules alone. Each member of a taking pays for himself, in an order of his own: an organisation is never the payer.
Whether months can be paid at all is ``order``, for cash as for any other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.contracts.values import MemberId, OrgId
from services.dues.domain.extra import Extra, extra_to
from services.dues.domain.order import OrderLine
from services.dues.domain.refusal import Refusal, refuse

CASH_HOLD = timedelta(days=30)  # by then it should be confirmed; the money was taken, so nothing lets go by itself
MAX_SLIP_AGE = timedelta(days=366)  # an older slip belongs to books that were closed a year ago


class TakingState(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DepositState(StrEnum):
    HANDED_IN = "handed_in"
    CONFIRMED = "confirmed"
    DIFFERS = "differs"
    WITHDRAWN = "withdrawn"


OPEN_DEPOSITS = frozenset({DepositState.HANDED_IN, DepositState.DIFFERS})
"""Of these the cash is promised to the bank and still in the branch's hands, as the books see it."""


@dataclass(frozen=True, slots=True)
class CashOrder:
    """One member's part of a taking: his months, his extra, their sum."""

    member_id: MemberId
    lines: tuple[OrderLine, ...]
    extra: Extra | None
    total_fen: int


def _order_of(branch_id: OrgId, lines: Sequence[OrderLine], extra_fen: int) -> CashOrder | Refusal:
    member_id = lines[0].member_id
    for line in lines:
        if line.branch_id != branch_id:
            return refuse("dues.month_of_another_branch", member_id=member_id, month=str(line.month))
    extra = extra_to(member_id, branch_id, extra_fen) if extra_fen else None
    if isinstance(extra, Refusal):
        return extra
    total_fen = sum(line.amount_fen for line in lines) + extra_fen
    if total_fen == 0:
        return refuse("dues.nothing_to_pay", member_id=member_id)
    own = tuple(replace(line, line_no=number, on_behalf=False) for number, line in enumerate(lines, 1))
    return CashOrder(member_id, own, extra, total_fen)


def plan_taking(
    branch_id: OrgId, lines: Sequence[OrderLine], extras: Sequence[tuple[MemberId, int]], expected_total_fen: int
) -> tuple[CashOrder, ...] | Refusal:
    """The orders of a taking, one a member, in the order of their ids so that takings never wait for each other in a ring.

    ``expected_total_fen`` is the cash as counted (PAY-10).
    """
    given: dict[MemberId, int] = {}
    by_member: dict[MemberId, list[OrderLine]] = {}
    for line in lines:
        by_member.setdefault(line.member_id, []).append(line)
    for member_id, extra_fen in extras:
        if member_id in given:
            return refuse("dues.line_repeated", member_id=member_id)
        if member_id not in by_member:
            return refuse("dues.extra_without_own_month", member_id=member_id)
        given[member_id] = extra_fen
    planned: list[CashOrder] = []
    for member_id in sorted(by_member):
        one = _order_of(branch_id, by_member[member_id], given.get(member_id, 0))
        if isinstance(one, Refusal):
            return one
        planned.append(one)
    total_fen = sum(one.total_fen for one in planned)
    if total_fen != expected_total_fen:
        return refuse("dues.total_changed", expected_fen=expected_total_fen, total_fen=total_fen)
    return tuple(planned)


def confirm(state: TakingState, taken_by: str, account_id: str) -> TakingState | Refusal:
    """Two persons: whoever took the cash never confirms it, whatever else he may."""
    if taken_by == account_id:
        return refuse("dues.same_person")
    if state is not TakingState.WAITING:
        return refuse("dues.cash_decided", state=state.value)
    return TakingState.CONFIRMED


def release(state: TakingState, taken_by: str, account_id: str) -> TakingState | Refusal:
    """Given up by whoever took it, or refused by another."""
    if state is not TakingState.WAITING:
        return refuse("dues.cash_decided", state=state.value)
    return TakingState.WITHDRAWN if taken_by == account_id else TakingState.REFUSED


def check_slip_day(banked_on: date, today: date) -> Refusal | None:
    if today - MAX_SLIP_AGE <= banked_on <= today:
        return None
    return refuse("dues.date_not_credible", day=banked_on.isoformat())


@dataclass(frozen=True, slots=True)
class BankLine:
    """What is compared: an amount and the number of the slip."""

    amount_fen: int
    slip_number: str

    @property
    def plain_slip(self) -> str:
        return plain_slip(self.slip_number)


def plain_slip(slip_number: str) -> str:
    """A slip's number without what people write differently: dashes and small letters."""
    return slip_number.replace("-", "").upper()


def match_deposit(
    state: DepositState, handed_in_by: str, account_id: str, entered: BankLine, statement: BankLine
) -> DepositState | Refusal:
    """What the bank's statement makes of a hand-in: amount and slip both equal, or it differs. A differing one may be held
    against another line of the statement."""
    if handed_in_by == account_id:
        return refuse("dues.same_person")
    if state not in OPEN_DEPOSITS:
        return refuse("dues.deposit_decided", state=state.value)
    equal = (entered.amount_fen, entered.plain_slip) == (statement.amount_fen, statement.plain_slip)
    return DepositState.CONFIRMED if equal else DepositState.DIFFERS


def withdraw_deposit(state: DepositState) -> DepositState | Refusal:
    """Before it is found on the statement; afterwards the money is on the account and the books say so."""
    return DepositState.WITHDRAWN if state in OPEN_DEPOSITS else refuse("dues.deposit_decided", state=state.value)
