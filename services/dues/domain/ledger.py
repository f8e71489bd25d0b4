"""The books: balanced pairs of debit and credit, and what must hold of them (BOOK-7, PAY-9, PAY-11).

Owns account kinds, the postings of each happening, reversal and the breaches that an audit looks for. Gives no ids and
stores nothing. One posting is one debit and one credit of the same amount, so the books balance by construction; what
can go wrong beyond that is what ``find_breaches`` names. Nothing is ever changed: a correction is a reversing entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import MemberId, OrderId, OrgId, YearMonth
from services.dues.domain.extra import Extra
from services.dues.domain.order import OrderLine
from services.dues.domain.refusal import Refusal, refuse

MAX_POSTINGS_PER_STEP = 1_000  # one order has 200 lines; more in one step is a mistake
Side = int  # +1 where a debit raises the account, -1 where a credit does


class AccountKind(StrEnum):
    """The kinds of account. The owner of each stands beside it: a branch, or the county."""

    BRANCH_DUES_INCOME = "branch_dues_income"
    VOLUNTARY_EXTRA = "voluntary_extra"  # apart from dues, since it may go whole to the centre (PAY-6)
    PROVIDER_CLEARING = "provider_clearing"  # what the payment provider holds for us
    CASH = "cash"
    BANK = "bank"  # the county's own account (BOOK-3)
    REMITTANCE = "remittance"  # passed up to the superior level (BOOK-2)
    SUSPENSE = "suspense"  # money that belongs to nobody's dues yet
    REFUNDS_PAYABLE = "refunds_payable"  # promised back, not sent yet
    REMITTANCE_RECEIVED = "remittance_received"  # what the level beneath has passed up (BOOK-2)
    SPENDING = "spending"  # what an organisation has spent (BOOK-4)
    PAID_OUT = "paid_out"  # what has left the county's account for it


NORMAL_SIDE: Mapping[AccountKind, Side] = {
    AccountKind.PROVIDER_CLEARING: +1,
    AccountKind.CASH: +1,
    AccountKind.BANK: +1,
    AccountKind.REMITTANCE: +1,
    AccountKind.SPENDING: +1,
    AccountKind.BRANCH_DUES_INCOME: -1,
    AccountKind.VOLUNTARY_EXTRA: -1,
    AccountKind.SUSPENSE: -1,
    AccountKind.REFUNDS_PAYABLE: -1,
    AccountKind.REMITTANCE_RECEIVED: -1,
    AccountKind.PAID_OUT: -1,
}
"""On its normal side an account's balance is never below zero: nothing is spent, refunded or passed up twice."""


class EntryKind(StrEnum):
    """Why a posting was made."""

    DUES_PAID = "dues_paid"
    EXTRA_PAID = "extra_paid"
    CASH_DEPOSITED = "cash_deposited"
    LATE_PAYMENT = "late_payment"
    SUSPENSE_REFUND_ASKED = "suspense_refund_asked"
    REFUND_PROMISED = "refund_promised"
    REFUND_SENT = "refund_sent"
    REVERSAL = "reversal"
    REMITTED = "remitted"
    SPENT = "spent"


@dataclass(frozen=True, slots=True, order=True)
class AccountRef:
    kind: AccountKind
    owner_id: OrgId


@dataclass(frozen=True, slots=True)
class Posting:
    """``amount_fen`` goes from ``credit`` to ``debit``. Member and month are named where the money pays one."""

    entry: EntryKind
    debit: AccountRef
    credit: AccountRef
    amount_fen: int
    order_id: OrderId | None = None
    line_no: int | None = None
    member_id: MemberId | None = None
    month: YearMonth | None = None
    reverses: str | None = None
    deposit_id: str | None = None
    refund_id: str | None = None
    """The refund that promises or sends this money: an order may have several."""

    def __post_init__(self) -> None:
        if self.amount_fen <= 0:
            raise ValueError("a posting moves at least one fen; its direction is told by debit and credit")
        if self.debit == self.credit:
            raise ValueError("a posting moves money between two accounts")
        if (self.entry is EntryKind.REVERSAL) != (self.reverses is not None):
            raise ValueError("a reversal names what it reverses, and nothing else does")


@dataclass(frozen=True, slots=True)
class StoredPosting:
    """A posting with the id that storage gave it."""

    posting_id: str
    posting: Posting


def settle_order(
    order_id: OrderId, lines: Sequence[OrderLine], money: AccountRef, extra: Extra | None = None
) -> tuple[Posting, ...]:
    """A paid order: from where the money is, the provider or a branch's cash, to each line's branch; an extra apart (PAY-6).

    A line of zero fen moves no money and has no posting.
    """
    if len(lines) > MAX_POSTINGS_PER_STEP:
        raise ValueError(f"more than {MAX_POSTINGS_PER_STEP} postings in one step")
    dues = tuple(
        Posting(
            entry=EntryKind.DUES_PAID,
            debit=money,
            credit=AccountRef(AccountKind.BRANCH_DUES_INCOME, line.branch_id),
            amount_fen=line.amount_fen,
            order_id=order_id,
            line_no=line.line_no,
            member_id=line.member_id,
            month=line.month,
        )
        for line in lines
        if line.amount_fen != 0
    )
    if extra is None:
        return dues
    account = AccountRef(AccountKind.VOLUNTARY_EXTRA, extra.branch_id)
    given = Posting(EntryKind.EXTRA_PAID, money, account, extra.amount_fen, order_id, member_id=extra.member_id)
    return (*dues, given)


def deposit_cash(deposit_id: str, amount_fen: int, cash: AccountRef, bank: AccountRef) -> Posting:
    """A branch's cash that the bank's statement shows on the county's account (BOOK-3)."""
    return Posting(EntryKind.CASH_DEPOSITED, bank, cash, amount_fen, deposit_id=deposit_id)


def receive_late_payment(order_id: OrderId, amount_fen: int, clearing: AccountRef, suspense: AccountRef) -> Posting:
    """Money for a closed order: the provider holds it, nobody's dues are paid by it."""
    return Posting(EntryKind.LATE_PAYMENT, clearing, suspense, amount_fen, order_id)


def ask_suspense_refund(order_id: OrderId, amount_fen: int, suspense: AccountRef, payable: AccountRef) -> Posting:
    """The late money is promised back."""
    return Posting(EntryKind.SUSPENSE_REFUND_ASKED, suspense, payable, amount_fen, order_id)


def promise_refund(
    order_id: OrderId, amount_fen: int, held: AccountRef, payable: AccountRef, refund_id: str
) -> Posting:
    """Money of paid lines, whose entries were reversed: ``held`` took it in, and it belongs to the payer again."""
    return Posting(EntryKind.REFUND_PROMISED, held, payable, amount_fen, order_id, refund_id=refund_id)


def send_refund(
    order_id: OrderId, amount_fen: int, payable: AccountRef, held: AccountRef, refund_id: str | None = None
) -> Posting:
    """The promised money went back out of ``held``: the provider says so, or two persons do of cash."""
    return Posting(EntryKind.REFUND_SENT, payable, held, amount_fen, order_id, refund_id=refund_id)


def _mirror(stored: StoredPosting) -> Posting:
    posting = stored.posting
    return Posting(
        entry=EntryKind.REVERSAL,
        debit=posting.credit,
        credit=posting.debit,
        amount_fen=posting.amount_fen,
        order_id=posting.order_id,
        line_no=posting.line_no,
        member_id=posting.member_id,
        month=posting.month,
        reverses=stored.posting_id,
        deposit_id=posting.deposit_id,
    )


def reverse_postings(stored: Sequence[StoredPosting], wanted: Sequence[str]) -> tuple[Posting, ...] | Refusal:
    """The reversing entries of the wanted postings (PAY-11). ``stored`` holds them and whatever reversed them before."""
    if len(wanted) > MAX_POSTINGS_PER_STEP:
        raise ValueError(f"more than {MAX_POSTINGS_PER_STEP} postings in one step")
    by_id = {each.posting_id: each for each in stored}
    gone = {each.posting.reverses for each in stored if each.posting.reverses is not None}
    reversals: list[Posting] = []
    for posting_id in wanted:
        found = by_id.get(posting_id)
        if found is None:
            return refuse("dues.posting_unknown", posting_id=posting_id)
        if found.posting.entry is EntryKind.REVERSAL:
            return refuse("dues.posting_is_reversal", posting_id=posting_id)
        if posting_id in gone:
            return refuse("dues.posting_already_reversed", posting_id=posting_id)
        gone.add(posting_id)
        reversals.append(_mirror(found))
    return tuple(reversals)


def balances(postings: Iterable[Posting]) -> dict[AccountRef, int]:
    """Each account's balance in fen on its normal side: positive is as it should be."""
    found: defaultdict[AccountRef, int] = defaultdict(int)
    for posting in postings:
        found[posting.debit] += NORMAL_SIDE[posting.debit.kind] * posting.amount_fen
        found[posting.credit] -= NORMAL_SIDE[posting.credit.kind] * posting.amount_fen
    return dict(found)


def trial_balance_fen(postings: Iterable[Posting]) -> int:
    """All debits less all credits over all accounts: zero."""
    return sum(NORMAL_SIDE[account.kind] * balance_fen for account, balance_fen in balances(postings).items())


class BreachKind(StrEnum):
    """What can be wrong with books whose every row balances."""

    ACCOUNT_BELOW_ZERO = "account_below_zero"
    LINE_CREDITED_TWICE = "line_credited_twice"
    EXTRA_CREDITED_TWICE = "extra_credited_twice"
    REVERSED_TWICE = "reversed_twice"
    REVERSAL_WITHOUT_ORIGINAL = "reversal_without_original"
    REVERSAL_NOT_A_MIRROR = "reversal_not_a_mirror"
    SUSPENSE_OVERDRAWN = "suspense_overdrawn"
    ORDER_NOT_FULLY_BOOKED = "order_not_fully_booked"


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong, with which account, posting or order, and by how much where that says something."""

    kind: BreachKind
    subject: str
    amount_fen: int = 0


def _reversal_breaches(stored: Sequence[StoredPosting]) -> list[Breach]:
    by_id = {each.posting_id: each for each in stored}
    seen: set[str] = set()
    breaches: list[Breach] = []
    for each in stored:
        original_id = each.posting.reverses
        if original_id is None:
            continue
        original = by_id.get(original_id)
        if original is None:
            breaches.append(Breach(BreachKind.REVERSAL_WITHOUT_ORIGINAL, each.posting_id))
        elif _mirror(original) != each.posting:
            breaches.append(Breach(BreachKind.REVERSAL_NOT_A_MIRROR, each.posting_id))
        if original_id in seen:
            breaches.append(Breach(BreachKind.REVERSED_TWICE, original_id))
        seen.add(original_id)
    return breaches


def _line_breaches(stored: Sequence[StoredPosting]) -> list[Breach]:
    reversed_ids = {each.posting.reverses for each in stored}
    standing: set[tuple[OrderId | None, int | None]] = set()
    breaches: list[Breach] = []
    for each in stored:
        posting = each.posting
        if posting.entry is not EntryKind.DUES_PAID or each.posting_id in reversed_ids:
            continue
        line = (posting.order_id, posting.line_no)
        if line in standing:
            subject = f"{posting.order_id}/{posting.line_no}"
            breaches.append(Breach(BreachKind.LINE_CREDITED_TWICE, subject, posting.amount_fen))
        standing.add(line)
    return breaches


def _extra_breaches(stored: Sequence[StoredPosting]) -> list[Breach]:
    """One payment has one extra: booked again it would be money that nobody gave."""
    reversed_ids = {each.posting.reverses for each in stored}
    standing: set[OrderId | None] = set()
    breaches: list[Breach] = []
    for each in stored:
        posting = each.posting
        if posting.entry is not EntryKind.EXTRA_PAID or each.posting_id in reversed_ids:
            continue
        if posting.order_id in standing:
            breaches.append(Breach(BreachKind.EXTRA_CREDITED_TWICE, str(posting.order_id), posting.amount_fen))
        standing.add(posting.order_id)
    return breaches


def _suspense_breaches(postings: Iterable[Posting]) -> list[Breach]:
    """No order takes more out of suspense than it brought in, even while others have money there."""
    by_order: defaultdict[OrderId | None, int] = defaultdict(int)
    for posting in postings:
        if posting.credit.kind is AccountKind.SUSPENSE:
            by_order[posting.order_id] += posting.amount_fen
        if posting.debit.kind is AccountKind.SUSPENSE:
            by_order[posting.order_id] -= posting.amount_fen
    return [Breach(BreachKind.SUSPENSE_OVERDRAWN, str(order_id), fen) for order_id, fen in by_order.items() if fen < 0]


def find_breaches(stored: Sequence[StoredPosting]) -> tuple[Breach, ...]:
    """Everything that must hold of the books and does not. Empty is sound."""
    postings = [each.posting for each in stored]
    below_zero = [
        Breach(BreachKind.ACCOUNT_BELOW_ZERO, f"{account.kind.value}/{account.owner_id}", fen)
        for account, fen in sorted(balances(postings).items())
        if fen < 0
    ]
    booked_twice = (*_line_breaches(stored), *_extra_breaches(stored))
    return (*below_zero, *_reversal_breaches(stored), *booked_twice, *_suspense_breaches(postings))


def check_order_booked(
    order_id: OrderId,
    lines: Sequence[OrderLine],
    paid_fen: int,
    postings: Sequence[Posting],
    extra: Extra | None = None,
) -> tuple[Breach, ...]:
    """Whether what the payer paid, what lines and extra ask and what the books took in are one and the same."""
    wanted: set[tuple[int | None, MemberId | None, YearMonth | None, int]] = {
        (line.line_no, line.member_id, line.month, line.amount_fen) for line in lines if line.amount_fen != 0
    }
    if extra is not None:
        wanted.add((None, extra.member_id, None, extra.amount_fen))
    booked = [
        (each.line_no, each.member_id, each.month, each.amount_fen)
        for each in postings
        if each.order_id == order_id and each.entry in (EntryKind.DUES_PAID, EntryKind.EXTRA_PAID)
    ]
    booked_fen = sum(amount_fen for _, _, _, amount_fen in booked)
    if set(booked) == wanted and len(booked) == len(wanted) and booked_fen == paid_fen:
        return ()
    return (Breach(BreachKind.ORDER_NOT_FULLY_BOOKED, str(order_id), paid_fen - booked_fen),)
