"""Approved reliefs as the rules read them, and an amount under them: the one reading of openings, orders, bills (DUE-11).

Asking, answering and ending are ``decisions.reliefs``.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.values import YearMonth
from services.dues.domain.relief import Relief, ReliefKind
from services.dues.storage.month_tables import relief


def read_reliefs(work: Work, member_ids: Collection[str]) -> dict[str, list[Relief]]:
    """The approved reliefs of these members, in one statement."""
    c = relief.c
    statement = sa.select(c.relief_id, c.member_id, c.kind, c.monthly_fen, c.from_month, c.holds_to).where(
        c.member_id.in_(sorted(set(member_ids))), c.state == "approved", c.holds_to >= c.from_month
    )
    found: dict[str, list[Relief]] = {}
    for row in work.db.execute(statement):
        since, until = YearMonth.from_number(row.from_month), YearMonth.from_number(row.holds_to)
        found.setdefault(row.member_id, []).append(
            Relief(row.relief_id, ReliefKind(row.kind), row.monthly_fen, since, until)
        )
    return found


def approved_for(
    member_id: sa.ColumnElement[str], month: sa.ColumnElement[int], column: str
) -> sa.ScalarSelect[object]:
    """One column of the approved relief that covers a member's month, for a statement; null where there is none."""
    c = relief.c
    covering = sa.and_(c.member_id == member_id, c.state == "approved", c.from_month <= month, c.holds_to >= month)
    return sa.select(c[column]).where(covering).scalar_subquery()
