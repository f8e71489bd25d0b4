"""党费收缴使用公示: an organisation's year as its members and the village board may see it (BOOK-5).

Sums by month and by class of use, never whom the money was spent on; names with amounts only where the county's rule profile says
so, and then of the organisation's own members alone.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import messages as m
from services.contracts.values import MONTHS_PER_YEAR, OrgPath, YearMonth
from services.dues.orders import store
from services.dues.profiles import profile_in_force
from services.dues.spending.views import spent_by_class
from services.dues.storage.remittance import remittance
from services.dues.storage.tables import member, obligation, organisation, within
from services.dues.storage.totals import collection_total


def get_yearly_notice(work: Work, request: m.GetYearlyNotice) -> m.YearlyNotice:
    """Receipts by month, what was passed up of them, and what was used (BOOK-4)."""
    c = organisation.c
    there = sa.select(c.path, c.name).where(c.org_id == request.org_id, c.county_id == work.caller.county_id)
    org = work.db.execute(there).one_or_none()
    path = require_reach(work.caller, OrgPath(org.path) if org else None, *TREE_ADMINISTRATORS, Role.FINANCE)
    assert org is not None, "what is in reach is there"
    first, last = YearMonth(request.year, 1), YearMonth(request.year, MONTHS_PER_YEAR)
    received, passed = _received(work, path, first, last), _passed_up(work, request.org_id, first, last)
    shown = profile_in_force(work, min(last, work.month)).publish_names
    names = _names(work, request.org_id, first, last) if shown else []
    used = spent_by_class(work, path, request.year)
    return m.YearlyNotice(
        org_name=org.name,
        county_name=store.county_root(work.db, work.caller.county_id)[1],
        year=request.year,
        months=tuple(
            m.NoticeMonth(
                month=YearMonth.from_number(number),
                payments=received[number].payments if number in received else 0,
                received_fen=received[number].fen if number in received else 0,
                passed_up_fen=passed.get(number, 0),
            )
            for number in sorted({*received, *passed})
        ),
        received_fen=sum(row.fen for row in received.values()),
        passed_up_fen=sum(passed.values()),
        names_shown=shown,
        names=tuple(m.NoticeName(name=row.name, paid_fen=row.fen) for row in names[: m.MAX_NOTICE_NAMES]),
        names_left_out=max(0, len(names) - m.MAX_NOTICE_NAMES),
        simulated=work.settings.simulated,
        spending=tuple(one for one in used if one.entries or one.amount_fen),
        spent_fen=sum(one.amount_fen for one in used),
    )


def _received(work: Work, path: OrgPath, first: YearMonth, last: YearMonth) -> dict[int, Any]:
    t = collection_total.c
    inside = sa.select(organisation.c.org_id).where(within(organisation.c.path, path))
    statement = (
        sa.select(
            t.booked_month,
            sa.cast(sa.func.sum(t.payments), sa.BigInteger).label("payments"),
            sa.cast(sa.func.sum(t.amount_fen), sa.BigInteger).label("fen"),
        )
        .where(t.county_id == work.caller.county_id, t.branch_id.in_(inside))
        .where(t.booked_month.between(first.number, last.number))
        .group_by(t.booked_month)
    )
    return {row.booked_month: row for row in work.db.execute(statement)}


def _passed_up(work: Work, org_id: str, first: YearMonth, last: YearMonth) -> dict[int, int]:
    c = remittance.c
    statement = sa.select(c.booked_month, c.amount_fen).where(
        c.from_org == org_id,
        c.state == m.RemittanceState.ARRIVED.value,
        c.booked_month.between(first.number, last.number),
    )
    return {row.booked_month: row.amount_fen for row in work.db.execute(statement)}


def _names(work: Work, org_id: str, first: YearMonth, last: YearMonth) -> list[Any]:
    o = obligation.c
    paid = sa.cast(sa.func.sum(o.paid_fen), sa.BigInteger).label("fen")
    statement = (
        sa.select(member.c.name, paid)
        .join(member, member.c.member_id == o.member_id)
        .where(o.county_id == work.caller.county_id, o.branch_id == org_id)
        .where(o.month.between(first.number, last.number), o.paid_fen > 0)
        .group_by(member.c.member_id, member.c.name)
        .order_by(member.c.name, member.c.member_id)
    )
    return list(work.db.execute(statement.limit(m.MAX_NOTICE_NAMES * 2)))
