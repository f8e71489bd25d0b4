"""What members owe and may pay, month by month: the one reading that pages and orders share (PAY-3, PAY-7, PAY-8).

Gives amounts and months, never a base. Whether an order may hold them is ``domain.order``; the bill that explains a month
is ``bills``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from services.chassis.access import member_of
from services.chassis.work import Work
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.contracts.values import MemberId, OrgId, YearMonth
from services.dues.domain.obligation import Owed, obligation_for
from services.dues.domain.order import MemberMonth, MonthState
from services.dues.domain.order_state import AWAITING_MONEY
from services.dues.domain.profile import RuleProfile
from services.dues.domain.relief import relieve
from services.dues.domain.shown_name import shorten_name
from services.dues.profiles import read_profiles
from services.dues.reliefs import read_reliefs
from services.dues.standings import read_assessments, read_members, standing_of
from services.dues.storage.month_tables import standing_delay
from services.dues.storage.tables import (
    beneficiary,
    dues_month,
    member,
    obligation,
    order_line,
    orders,
    organisation,
    receipt,
)

MAX_MONTHS = 60
"""Months of one member that are read: unpaid ones of any age and those paid lately. More unpaid ones than a year's are
beyond self-service anyway (PAY-3)."""
MAX_AHEAD = 12
PAID_SHOWN_MONTHS = 12
"""Months paid lately stay in sight for a year."""
_AWAITING = [state.value for state in AWAITING_MONEY]


@dataclasses.dataclass(frozen=True, slots=True)
class OwedMonth:
    """One month of one member as it stands towards paying."""

    month: YearMonth
    branch_id: OrgId
    amount_fen: int | None
    paid_fen: int
    state: m.MonthItemState
    ahead: bool
    """Not opened yet, whatever its state."""
    held_until: datetime | None = None

    @property
    def missing_fen(self) -> int | None:
        """What is still to pay (PAY-8); None while nobody has assessed it."""
        return None if self.amount_fen is None else self.amount_fen - self.paid_fen


def payable_members(work: Work, payer_member_id: str, member_ids: Collection[str]) -> set[MemberId]:
    """Those of ``member_ids`` whom the payer may pay for: himself, his household, his branch, those he found (PAY-7)."""
    payer = member.alias("payer")
    chosen = sa.exists().where(
        beneficiary.c.payer_id == payer.c.member_id, beneficiary.c.member_id == member.c.member_id
    )
    statement = (
        sa.select(member.c.member_id)
        .join(payer, payer.c.county_id == member.c.county_id)
        .where(
            payer.c.member_id == payer_member_id,
            payer.c.county_id == work.caller.county_id,
            member.c.member_id.in_(sorted(set(member_ids))),
            sa.or_(member.c.member_id == payer.c.member_id, _near(member, payer), chosen),
        )
    )
    return {MemberId(found) for found in work.db.scalars(statement)}


def _near(one: sa.FromClause, payer: sa.FromClause) -> sa.ColumnElement[bool]:
    """Of one household or one branch: people who know each other by name."""
    household = sa.and_(one.c.household != "", one.c.household == payer.c.household)
    return sa.or_(household, one.c.branch_id == payer.c.branch_id)


def shown_names(work: Work, payer_member_id: str, member_ids: Collection[str]) -> dict[MemberId, str]:
    """Names as this payer may see them: in full for himself, household and branch, shortened for everybody else."""
    payer = member.alias("payer")
    known = sa.exists().where(
        payer.c.member_id == payer_member_id, payer.c.county_id == member.c.county_id, _near(member, payer)
    )
    statement = sa.select(member.c.member_id, member.c.name, known.label("known")).where(
        member.c.member_id.in_(sorted(set(member_ids))), member.c.county_id == work.caller.county_id
    )
    return {
        MemberId(row.member_id): row.name if row.known or row.member_id == payer_member_id else shorten_name(row.name)
        for row in work.db.execute(statement)
    }


def months_of(
    work: Work, member_ids: Collection[str], today_month: YearMonth, profile: RuleProfile
) -> dict[MemberId, list[MemberMonth]]:
    """Each member's months for an order: owed and unpaid, payable ahead, held by an order, and lately paid.

    Whom the payer may pay for is asked before (``payable_members``).
    """
    states = {
        m.MonthItemState.RESERVED: MonthState.RESERVED,
        m.MonthItemState.PAID: MonthState.PAID,
    }
    return {
        member_id: [
            MemberMonth(each.month, each.branch_id, each.missing_fen, states.get(each.state, MonthState.UNPAID))
            for each in months
        ]
        for member_id, months in read_months(work, member_ids, today_month, profile).items()
    }


def read_months(
    work: Work, member_ids: Collection[str], today_month: YearMonth, profile: RuleProfile
) -> dict[MemberId, list[OwedMonth]]:
    """Each member's months, oldest first: those with an obligation, and those ahead that have none yet."""
    wanted = sorted(set(member_ids))
    last = today_month.plus(profile.ahead_limit_months)
    held = _held(work, wanted)
    found: dict[MemberId, dict[int, OwedMonth]] = {MemberId(member_id): {} for member_id in wanted}
    for row in work.db.execute(_obligations(wanted, today_month, last)):
        until = held.get((row.member_id, row.month))
        found[MemberId(row.member_id)][row.month] = OwedMonth(
            YearMonth.from_number(row.month),
            OrgId(row.branch_id),
            row.amount_fen,
            row.paid_fen,
            state_of(row.amount_fen, row.paid_fen, ahead=row.ahead, held=until is not None, delayed=row.delayed),
            row.ahead,
            until,
        )
    _add_unopened(work, found, held, months_ahead(work, today_month, profile))
    return {member_id: [months[number] for number in sorted(months)] for member_id, months in found.items()}


def state_of(
    amount_fen: int | None, paid_fen: int, *, ahead: bool, held: bool, delayed: bool = False
) -> m.MonthItemState:
    """How a month with an obligation stands."""
    if held:
        return m.MonthItemState.RESERVED
    if amount_fen is None:
        return m.MonthItemState.UNASSESSED
    if amount_fen == 0:
        return m.MonthItemState.EXEMPT
    if paid_fen >= amount_fen:
        return m.MonthItemState.PAID
    if delayed:
        return m.MonthItemState.DELAYED
    if paid_fen > 0:
        return m.MonthItemState.UNDERPAID
    return m.MonthItemState.AHEAD if ahead else m.MonthItemState.DUE


def months_ahead(work: Work, today_month: YearMonth, profile: RuleProfile) -> list[YearMonth]:
    """The months that are not opened yet and may be paid in advance (PAY-3): those after the last opened one."""
    opened = sa.select(sa.func.max(dues_month.c.month)).where(
        dues_month.c.county_id == work.caller.county_id, dues_month.c.state != m.MonthState.DRAFT.value
    )
    last_opened = work.db.scalar(opened)
    first = today_month
    if last_opened is not None:
        first = max(YearMonth.from_number(last_opened).plus(1), today_month.plus(-profile.back_limit_months))
    count = first.months_until(today_month.plus(profile.ahead_limit_months)) + 1
    return [first.plus(step) for step in range(max(count, 0))]


def _obligations(member_ids: Sequence[str], today_month: YearMonth, last: YearMonth) -> sa.Select[tuple[object, ...]]:
    """Unpaid months of any age and the lately paid, the newest ``MAX_MONTHS`` of each member."""
    c = obligation.c
    newest = sa.func.row_number().over(partition_by=c.member_id, order_by=c.month.desc()).label("place")
    shown = sa.or_(
        c.amount_fen.is_(None), c.paid_fen < c.amount_fen, c.month >= today_month.plus(-PAID_SHOWN_MONTHS).number
    )
    ranked = (
        sa.select(
            *(c.member_id, c.month, c.branch_id, c.amount_fen, c.paid_fen, c.ahead, newest),
            standing_delay(c.member_id, c.month).label("delayed"),
        )
        .where(c.member_id.in_(member_ids), c.month <= last.number, shown)
        .subquery()
    )
    return sa.select(ranked).where(ranked.c.place <= MAX_MONTHS)


def held_line(member_id: sa.ColumnElement[str], month: sa.ColumnElement[int]) -> sa.Exists:
    """Whether an unfinished order holds a member's month."""
    return sa.exists().where(
        order_line.c.member_id == member_id,
        order_line.c.month == month,
        order_line.c.live,
        orders.c.order_id == order_line.c.order_id,
        orders.c.state.in_(_AWAITING),
    )


def paid_ahead(member_id: sa.ColumnElement[str], month: sa.ColumnElement[int]) -> sa.Exists:
    """Whether a member's month was paid before it began (PAY-3)."""
    paid_in = sa.cast(sa.func.to_char(sa.func.timezone("Asia/Shanghai", orders.c.settled_at), "YYYYMM"), sa.Integer)
    return sa.exists().where(
        order_line.c.member_id == member_id,
        order_line.c.month == month,
        order_line.c.live,
        orders.c.order_id == order_line.c.order_id,
        paid_in < month,
    )


def _held(work: Work, member_ids: Sequence[str]) -> dict[tuple[str, int], datetime]:
    statement = (
        sa.select(order_line.c.member_id, order_line.c.month, orders.c.expires_at)
        .join(orders, orders.c.order_id == order_line.c.order_id)
        .where(order_line.c.member_id.in_(member_ids), order_line.c.live, orders.c.state.in_(_AWAITING))
    )
    return {(row.member_id, row.month): row.expires_at for row in work.db.execute(statement)}


def _add_unopened(
    work: Work,
    found: dict[MemberId, dict[int, OwedMonth]],
    held: dict[tuple[str, int], datetime],
    months: Sequence[YearMonth],
) -> None:
    """Adds the months ahead that have no obligation yet, at the amount that holds as of now (PAY-4 asks the rest later)."""
    if not months:
        return
    profiles = read_profiles(work)
    rows = read_members(work, found)
    assessments, reliefs = read_assessments(work, list(rows)), read_reliefs(work, rows)
    for member_id, row in rows.items():
        standing = standing_of(row)
        own = found[MemberId(member_id)]
        for month in months:
            if month.number in own:
                continue
            owed = obligation_for(month, standing, assessments.get(member_id, ()), profiles.at(month))
            if isinstance(owed, Owed):
                until = held.get((member_id, month.number))
                amount_fen = relieve(month, owed.amount_fen, reliefs.get(member_id, ())).amount_fen
                state = state_of(amount_fen, 0, ahead=True, held=until is not None)
                own[month.number] = OwedMonth(month, owed.branch_id, amount_fen, 0, state, True, until)


def receipts_seen(work: Work, viewer_id: str, member_ids: Collection[str]) -> dict[tuple[str, int], str]:
    """Receipts by member and month, those of the viewer himself or paid by him."""
    statement = (
        sa.select(order_line.c.member_id, order_line.c.month, receipt.c.receipt_id)
        .join(
            receipt,
            sa.and_(
                receipt.c.order_id == order_line.c.order_id,
                receipt.c.member_id == order_line.c.member_id,
                receipt.c.branch_id == order_line.c.branch_id,
            ),
        )
        .where(
            order_line.c.member_id.in_(sorted(set(member_ids))),
            order_line.c.live,
            sa.not_(receipt.c.void),
            sa.or_(receipt.c.member_id == viewer_id, receipt.c.payer_id == viewer_id),
        )
        .order_by(receipt.c.receipt_id)  # of a month that was paid in parts, the last
    )
    return {(row.member_id, row.month): row.receipt_id for row in work.db.execute(statement)}


def shown_months(
    member_id: str, months: Sequence[OwedMonth], receipts: dict[tuple[str, int], str]
) -> tuple[tuple[m.OwedMonth, ...], tuple[m.OwedMonth, ...]]:
    """A member's months as a page shows them: those opened, and those ahead."""

    def shown(each: OwedMonth) -> m.OwedMonth:
        return m.OwedMonth(
            month=each.month,
            state=each.state,
            amount_fen=each.amount_fen,
            paid_fen=each.paid_fen,
            held_until=each.held_until,
            receipt_id=receipts.get((member_id, each.month.number)),
        )

    opened = [shown(each) for each in months if not each.ahead]
    ahead = [shown(each) for each in months if each.ahead]
    return tuple(opened[-MAX_MONTHS:]), tuple(ahead[:MAX_AHEAD])


def owed_sum(months: Sequence[OwedMonth]) -> tuple[int, int]:
    """What is missing in opened months, and in how many of them."""
    missing = [each.missing_fen for each in months if not each.ahead and each.missing_fen]
    return sum(missing), len(missing)


def get_my_dues(work: Work, _: Nothing) -> m.MyDues:
    """What the caller owes, and what he may pay in advance."""
    own = member_of(work.caller)
    months = read_months(work, [own], work.month, read_profiles(work).at(work.month))[MemberId(own)]
    opened, ahead = shown_months(own, months, receipts_seen(work, own, [own]))
    owed_fen, owed_months = owed_sum(months)
    branch = sa.select(organisation.c.name).join(member, member.c.branch_id == organisation.c.org_id)
    open_order = (
        sa.select(orders.c.order_id)
        .where(orders.c.payer_id == own, orders.c.state.in_(_AWAITING), orders.c.taking_id.is_(None))
        .order_by(orders.c.created_at.desc(), orders.c.order_id)
        .limit(1)
    )
    return m.MyDues(
        owed_fen=owed_fen,
        owed_months=owed_months,
        months=opened,
        ahead=ahead,
        branch_name=work.db.scalar(branch.where(member.c.member_id == own)),
        open_order_id=work.db.scalar(open_order),
    )
