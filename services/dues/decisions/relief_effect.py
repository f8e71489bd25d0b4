"""What an approved relief does to months that are there already, and what its early end gives back (DUE-11).

Openings to come read it themselves (``reliefs``). A month that is reported or settled is never touched (BOOK-1); what was paid
stays paid, and what was paid beyond the relief is named to the administrators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.dues.errors import ReliefRefused
from services.contracts.values import YearMonth
from services.dues.domain.relief import Relief, ReliefKind, relieve
from services.dues.owed import held_line
from services.dues.storage.month_tables import month_closed
from services.dues.storage.tables import dues_month, obligation


def check_open(work: Work, member_id: str, branch_id: str, since: YearMonth, until: YearMonth) -> None:
    """A settled month of the county, or one that the branch has reported, is in no relief. Raises ReliefRefused naming them."""
    o, c = obligation.c, dues_month.c
    settled = sa.select(c.month).where(
        c.county_id == work.caller.county_id, c.month.between(since.number, until.number), c.state == "settled"
    )
    reported = sa.select(o.month).where(
        o.member_id == member_id,
        o.branch_id == branch_id,
        o.month.between(since.number, until.number),
        month_closed(o.county_id, o.branch_id, o.billed_in),
    )
    _refuse("month_closed", sorted({*work.db.scalars(settled), *work.db.scalars(reported)}))


def _refuse(reason: str, months: Sequence[int]) -> None:
    if months:
        raise ReliefRefused(reason=reason, months=[str(YearMonth.from_number(month)) for month in months])


def _held_months(work: Work, chosen: sa.ColumnElement[bool]) -> Sequence[Any]:
    """Obligations, locked. Raises ReliefRefused while somebody is paying one of them, or where one is reported or settled."""
    o = obligation.c
    work.db.execute(sa.select(o.month).where(chosen).order_by(o.month).with_for_update(key_share=True))
    # Read anew under the locks: who held them before may have paid.
    statement = sa.select(
        *(o.member_id, o.month, o.amount_fen, o.full_fen, o.paid_fen, o.ahead),
        held_line(o.member_id, o.month).label("held"),
        month_closed(o.county_id, o.branch_id, o.billed_in).label("closed"),
    ).where(chosen)
    rows = work.db.execute(statement.order_by(o.month)).all()
    _refuse("month_closed", [row.month for row in rows if row.closed and not row.ahead])
    _refuse("month_held", [row.month for row in rows if row.held])
    return rows


def apply(work: Work, row: Any) -> None:
    """Lowers the months of the period that are there: opened ones, and those ahead that somebody thought of paying."""
    since, until = YearMonth.from_number(row.from_month), YearMonth.from_number(row.holds_to)
    check_open(work, row.member_id, row.branch_id, since, until)
    o = obligation.c
    mine = sa.and_(
        o.member_id == row.member_id, o.branch_id == row.branch_id, o.month.between(since.number, until.number)
    )
    terms = [Relief(row.relief_id, ReliefKind(row.kind), row.monthly_fen, since, until)]
    for each in _held_months(work, mine):
        month = YearMonth.from_number(each.month)
        lowered = relieve(month, each.amount_fen, terms, paid_fen=each.paid_fen)
        work.db.execute(
            sa.update(obligation)
            .values(amount_fen=lowered.amount_fen, relief_id=lowered.relief_id, full_fen=lowered.full_fen)
            .where(o.member_id == each.member_id, o.month == each.month)
        )


def lift(work: Work, row: Any, first: YearMonth) -> None:
    """Gives the months from ``first`` on their own amount back."""
    o = obligation.c
    mine = sa.and_(o.member_id == row.member_id, o.relief_id == row.relief_id, o.month >= first.number)
    for each in _held_months(work, mine):
        work.db.execute(
            sa.update(obligation)
            .values(amount_fen=each.full_fen, relief_id=None, full_fen=None)
            .where(o.member_id == each.member_id, o.month == each.month)
        )
