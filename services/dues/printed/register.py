"""党费收缴登记簿: a branch's year by member and month, with the receipts' numbers (BOOK-6). Each printing leaves a trace."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.row_scope import county_wide
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.dues import messages as m
from services.contracts.values import MONTHS_PER_YEAR, OrgPath, YearMonth
from services.dues.orders import store
from services.dues.printed.receipt_lines import ReceiptLine, read_lines
from services.dues.storage.tables import member, obligation, organisation


def get_branch_register(work: Work, request: m.GetBranchRegister) -> m.RegisterPage:
    """A page of the members who owe this very branch a month of the year, by name."""
    c = organisation.c
    there = sa.select(c.path, c.name).where(c.org_id == request.org_id, c.county_id == work.caller.county_id)
    org = work.db.execute(there).one_or_none()
    path = require_reach(work.caller, OrgPath(org.path) if org else None, *TREE_ADMINISTRATORS)
    assert org is not None, "what is in reach is there"
    people, following = _people(work, request)
    ids = [row.member_id for row in people]
    months = _months(work, request, ids)
    with county_wide(work.db, work.caller):  # receipts are their payers' and members' own; the office is checked above
        lines = read_lines(work, ids, request.year)
    work.audit("dues.register_printed", "organisation", request.org_id, path=path, purpose=str(request.year))
    receipts: defaultdict[tuple[str, YearMonth], list[ReceiptLine]] = defaultdict(list)
    for line in lines:
        receipts[line.member_id, line.month].append(line)
    return m.RegisterPage(
        org_name=org.name,
        county_name=store.county_root(work.db, work.caller.county_id)[1],
        year=request.year,
        rows=tuple(_row(person, months[person.member_id], receipts) for person in people),
        next_cursor=following,
        simulated=work.settings.simulated,
    )


def _owed_here(work: Work, request: m.GetBranchRegister) -> sa.ColumnElement[bool]:
    o = obligation.c
    first, last = YearMonth(request.year, 1).number, YearMonth(request.year, MONTHS_PER_YEAR).number
    return sa.and_(o.county_id == work.caller.county_id, o.branch_id == request.org_id, o.month.between(first, last))


def _people(work: Work, request: m.GetBranchRegister) -> tuple[Any, str | None]:
    c = member.c
    owing = sa.select(obligation.c.member_id).where(_owed_here(work, request))
    order = sa.cast(c.member_id, sa.Text)
    statement = sa.select(c.member_id, c.name).where(c.member_id.in_(owing)).order_by(c.name, order)
    after = key_of(request.cursor, str, parse_id)
    if after is not None:
        statement = statement.where(sa.tuple_(c.name, order) > sa.tuple_(*after))
    rows = work.db.execute(statement.limit(request.limit + 1)).all()
    return cut(rows, request.limit, lambda row: (row.name, row.member_id))


def _months(work: Work, request: m.GetBranchRegister, ids: list[str]) -> dict[str, list[Any]]:
    o = obligation.c
    statement = sa.select(o.member_id, o.month, o.amount_fen, o.paid_fen).where(
        _owed_here(work, request), o.member_id.in_(ids)
    )
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in work.db.execute(statement.order_by(o.member_id, o.month)):
        found[row.member_id].append(row)
    return found


def _row(person: Any, months: list[Any], receipts: dict[tuple[str, YearMonth], list[ReceiptLine]]) -> m.RegisterRow:
    told = []
    for row in months:
        month = YearMonth.from_number(row.month)
        numbers = tuple(line.number for line in receipts.get((person.member_id, month), ()))
        told.append(
            m.RegisterMonth(
                month=month,
                owed_fen=row.amount_fen,
                paid_fen=row.paid_fen,
                receipt_numbers=numbers[: m.MAX_RECEIPTS_OF_MONTH],
            )
        )
    return m.RegisterRow(
        member_id=person.member_id,
        member_name=person.name,
        months=tuple(told),
        paid_fen=sum(row.paid_fen for row in months),
    )
