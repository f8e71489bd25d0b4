"""What the last comparison of the totals with the ledger found, for those who look after the county's money."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.contracts.values import YearMonth
from services.dues.storage.tables import organisation
from services.dues.storage.totals import totals_check, totals_difference


def list_totals_differences(work: Work, request: m.ListTotalsDifferences) -> m.TotalsDifferencePage:
    """The differences, in the order in which they were found, and when was looked last."""
    c, county = totals_difference.c, work.caller.county_id
    statement = (
        sa.select(totals_difference, organisation.c.name)
        .outerjoin(organisation, organisation.c.org_id == c.branch_id)
        .where(c.county_id == county)
        .order_by(c.difference_id)
        .limit(request.limit + 1)
    )
    after = key_of(request.cursor, parse_id)
    if after is not None:
        statement = statement.where(c.difference_id > after[0])
    rows, next_cursor = cut(work.db.execute(statement).all(), request.limit, lambda row: (row.difference_id,))
    checks = totals_check.c
    latest = sa.select(checks.checked_at, checks.differences).where(checks.county_id == county)
    check = work.db.execute(latest.order_by(checks.day.desc()).limit(1)).first()
    return m.TotalsDifferencePage(
        items=tuple(
            m.TotalsDifference(
                id=row.difference_id,
                kind=m.TotalsDifferenceKind(row.kind),
                org_name=row.name or "",
                month=YearMonth.from_number(row.month),
                member_class=row.member_class,
                kept_fen=row.kept_fen,
                true_fen=row.true_fen,
                kept_count=row.kept_count,
                true_count=row.true_count,
            )
            for row in rows
        ),
        next_cursor=next_cursor,
        checked_at=check.checked_at if check else None,
        differences=check.differences if check else 0,
    )
