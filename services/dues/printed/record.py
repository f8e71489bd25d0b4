"""党费证: what a member paid in a year, to whom and when (BOOK-6). For himself, and for those who look after him."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.access import member_of, require_reach
from services.chassis.row_scope import county_wide
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.dues import messages as m
from services.dues.orders import store
from services.dues.printed.receipt_lines import ReceiptLine, read_lines
from services.dues.storage.tables import member, organisation

MAX_LINES = 500
"""Far more than twelve months, each paid in two parts."""


def get_my_dues_record(work: Work, request: m.GetMyDuesRecord) -> m.DuesRecord:
    """The caller's own record of a year."""
    me = member_of(work.caller)
    return _record(work, me, request.year, read_lines(work, [me], request.year))


def get_dues_record(work: Work, request: m.GetDuesRecord) -> m.DuesRecord:
    """A member's record for those who look after him; leaves a trace that the member sees (SEC-5)."""
    c = member.c
    there = sa.select(c.branch_path).where(c.member_id == request.member_id, c.county_id == work.caller.county_id)
    path = require_reach(work.caller, work.db.scalar(there), *TREE_ADMINISTRATORS)
    work.audit("dues.record_seen", "member", request.member_id, path=path, about_member_id=request.member_id)
    with county_wide(
        work.db, work.caller
    ):  # receipts are their payers' and members' own; the office over him is checked above
        lines = read_lines(work, [request.member_id], request.year)
    return _record(work, request.member_id, request.year, lines)


def _record(work: Work, member_id: str, year: int, lines: list[ReceiptLine]) -> m.DuesRecord:
    joined = sa.select(member.c.name, organisation.c.name.label("branch_name")).join(
        organisation, organisation.c.org_id == member.c.branch_id
    )
    row = work.db.execute(joined.where(member.c.member_id == member_id)).one_or_none()
    _, county_name = store.county_root(work.db, work.caller.county_id)
    shown = lines[:MAX_LINES]
    return m.DuesRecord(
        member_id=member_id,
        member_name=row.name if row else "—",
        branch_name=row.branch_name if row else "—",
        county_name=county_name,
        year=year,
        lines=tuple(
            m.RecordLine(
                month=line.month,
                amount_fen=line.amount_fen,
                paid_on=line.paid_on,
                receipt_number=line.number,
                collector=line.collector,
                on_behalf=line.on_behalf,
            )
            for line in shown
        ),
        total_fen=sum(line.amount_fen for line in shown),
        simulated=work.settings.simulated,
    )
