"""The books: storing postings, the trial balance, the exceptions list (BOOK-7, PAY-9).

A posting is one row that moves an amount between two accounts, so the sum of the books is zero whatever happens. Rows are only
ever added: the database refuses anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import new_id, parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import messages as m
from services.contracts.values import MemberId, OrderId, OrgId, OrgPath, YearMonth
from services.dues.domain.ledger import AccountKind, AccountRef, EntryKind, Posting, StoredPosting
from services.dues.storage.tables import organisation, payment_exception, posting, within

MAX_ACCOUNTS = 2000
"""A county of 1,500 branches with its own accounts; what is more is a report, not a page."""


def rows_of(work: Work, county_id: str, postings: Iterable[Posting]) -> list[dict[str, Any]]:
    """Postings as rows, booked in the month that runs now, whatever month they pay (BOOK-1)."""
    return [
        {
            "posting_id": new_id(),
            "county_id": county_id,
            "entry": str(each.entry),
            "debit_kind": str(each.debit.kind),
            "debit_owner": each.debit.owner_id,
            "credit_kind": str(each.credit.kind),
            "credit_owner": each.credit.owner_id,
            "amount_fen": each.amount_fen,
            "order_id": each.order_id,
            "line_no": each.line_no,
            "member_id": each.member_id,
            "month": each.month.number if each.month else None,
            "booked_month": work.month.number,
            "reverses": each.reverses,
            "booked_at": work.now,
            "deposit_id": each.deposit_id,
            "refund_id": each.refund_id,
        }
        for each in postings
    ]


def stored_postings(db: sa.Connection, chosen: sa.ColumnElement[bool]) -> list[StoredPosting]:
    """Postings as the rules read them. Ids of deposits and refunds are left out: nothing of theirs is reversed."""
    return [
        StoredPosting(
            row.posting_id,
            Posting(
                entry=EntryKind(row.entry),
                debit=AccountRef(AccountKind(row.debit_kind), OrgId(row.debit_owner)),
                credit=AccountRef(AccountKind(row.credit_kind), OrgId(row.credit_owner)),
                amount_fen=row.amount_fen,
                order_id=OrderId(row.order_id) if row.order_id else None,
                line_no=row.line_no,
                member_id=MemberId(row.member_id) if row.member_id else None,
                month=YearMonth.from_number(row.month) if row.month else None,
                reverses=row.reverses,
            ),
        )
        for row in db.execute(sa.select(posting).where(chosen))
    ]


def post(work: Work, county_id: str, postings: Iterable[Posting]) -> None:
    """Adds postings."""
    rows = rows_of(work, county_id, postings)
    if rows:
        work.db.execute(sa.insert(posting), rows)


def get_ledger(work: Work, request: m.GetLedger) -> m.LedgerView:
    """Every account that moved money with the organisation's subtree, with its sums. Debit and credit are equal."""
    path = work.db.scalar(sa.select(organisation.c.path).where(organisation.c.org_id == request.org_id))
    reached = require_reach(work.caller, OrgPath(path) if path else None, *TREE_ADMINISTRATORS, Role.FINANCE)
    owners = sa.select(organisation.c.org_id).where(within(organisation.c.path, reached))
    chosen = sa.select(posting).where(posting.c.debit_owner.in_(owners) | posting.c.credit_owner.in_(owners))
    if request.month is not None:
        chosen = chosen.where(posting.c.booked_month == request.month.number)
    moved = chosen.cte("moved")
    zero = sa.literal(0, sa.BigInteger)
    sides = sa.union_all(
        sa.select(
            moved.c.debit_kind.label("kind"),
            moved.c.debit_owner.label("owner"),
            moved.c.amount_fen.label("debit"),
            zero.label("credit"),
        ),
        sa.select(moved.c.credit_kind, moved.c.credit_owner, zero, moved.c.amount_fen),
    ).subquery("sides")
    statement = (
        sa.select(
            sides.c.kind,
            sides.c.owner,
            organisation.c.name,
            sa.func.sum(sides.c.debit).label("debit"),
            sa.func.sum(sides.c.credit).label("credit"),
        )
        .outerjoin(organisation, organisation.c.org_id == sides.c.owner)
        .group_by(sides.c.kind, sides.c.owner, organisation.c.name, organisation.c.path)
        .order_by(sides.c.kind, organisation.c.path)
    )
    rows = work.db.execute(statement).all()
    debit, credit = sum(int(row.debit) for row in rows), sum(int(row.credit) for row in rows)
    return m.LedgerView(
        accounts=tuple(
            m.AccountBalance(
                kind=m.AccountKind(row.kind),
                org_id=row.owner,
                org_name=row.name or "",
                debit_fen=int(row.debit),
                credit_fen=int(row.credit),
            )
            for row in rows[:MAX_ACCOUNTS]
        ),
        debit_fen=debit,
        credit_fen=credit,
        balanced=debit == credit,
    )


def list_exceptions(work: Work, request: m.ListExceptions) -> m.ExceptionPage:
    """What did not agree and waits for a person, newest first."""
    after = key_of(request.cursor, parse_id)
    statement = (
        sa.select(payment_exception)
        .where(payment_exception.c.county_id == work.caller.county_id)
        .order_by(payment_exception.c.exception_id.desc())
        .limit(request.limit + 1)
    )
    if after is not None:
        statement = statement.where(payment_exception.c.exception_id < after[0])
    rows, next_cursor = cut(work.db.execute(statement).all(), request.limit, lambda row: (row.exception_id,))
    return m.ExceptionPage(
        items=tuple(
            m.PaymentException(
                id=row.exception_id,
                kind=m.ExceptionKind(row.kind),
                order_id=row.order_id,
                transaction_id=row.transaction_id,
                amount_fen=row.amount_fen,
                noticed_at=row.noticed_at,
            )
            for row in rows
        ),
        next_cursor=next_cursor,
    )
