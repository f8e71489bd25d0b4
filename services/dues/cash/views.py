"""Takings, hand-ins and cash in hand as the offices that reach them see them. Amounts and names, never a base."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.clock import shanghai
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of, whole
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.contracts.values import OrgPath, YearMonth
from services.dues.cash.places import READERS, path_in_reach
from services.dues.domain.cash import TakingState
from services.dues.orders import store
from services.dues.storage.cash import cash_box, cash_deposit, cash_taking
from services.dues.storage.tables import member, of_branch_beneath, order_line, orders, organisation

MICROSECONDS = 1_000_000


def list_cash_takings(work: Work, request: m.ListCashTakings) -> m.CashTakingPage:
    """Of an organisation and all beneath it: what waits the longest first, else the newest first."""
    path = path_in_reach(work, request.org_id, *READERS)
    c = cash_taking.c
    statement = sa.select(cash_taking).where(of_branch_beneath(c.branch_id, path))
    if request.state is not None:
        statement = statement.where(c.state == request.state.value)
    oldest_first = request.state is m.CashTakingState.WAITING
    after = key_of(request.cursor, parse_id)
    if after is not None:
        statement = statement.where(c.taking_id > after[0] if oldest_first else c.taking_id < after[0])
    ordered = statement.order_by(c.taking_id if oldest_first else c.taking_id.desc()).limit(request.limit + 1)
    rows, following = cut(work.db.execute(ordered).all(), request.limit, lambda row: (row.taking_id,))
    names = store.org_names(work.db, [row.branch_id for row in rows])
    items = tuple(_taking(work, row, names[row.branch_id]) for row in rows)
    return m.CashTakingPage(items=items, next_cursor=following)


def get_cash_taking(work: Work, request: ById) -> m.CashTakingView:
    branch = sa.select(cash_taking.c.branch_id).where(cash_taking.c.taking_id == request.id)
    path_in_reach(work, work.db.scalar(branch), *READERS)
    return taking_view(work, request.id)


def taking_view(work: Work, taking_id: str) -> m.CashTakingView:
    """A taking with its members, months and amounts. Whether the caller may see it is asked before."""
    row = work.db.execute(sa.select(cash_taking).where(cash_taking.c.taking_id == taking_id)).one()
    name = store.org_names(work.db, [row.branch_id])[row.branch_id]
    return m.CashTakingView(taking=_taking(work, row, name), persons=_persons(work, taking_id))


def _persons(work: Work, taking_id: str) -> tuple[m.CashPerson, ...]:
    lines = (
        sa.select(
            *(orders.c.order_id, orders.c.number, orders.c.payer_id, orders.c.extra_fen, orders.c.total_fen),
            *(member.c.name, order_line.c.month, order_line.c.amount_fen),
        )
        .join(order_line, order_line.c.order_id == orders.c.order_id)
        .join(member, member.c.member_id == orders.c.payer_id)
        .where(orders.c.taking_id == taking_id)
        .order_by(member.c.name, orders.c.order_id, order_line.c.line_no)
    )
    by_order: dict[str, list[Any]] = {}
    for row in work.db.execute(lines):
        by_order.setdefault(row.order_id, []).append(row)
    return tuple(
        m.CashPerson(
            member_id=rows[0].payer_id,
            name=rows[0].name,
            months=tuple(
                m.CashMonth(month=YearMonth.from_number(row.month), amount_fen=row.amount_fen) for row in rows
            ),
            extra_fen=rows[0].extra_fen,
            total_fen=rows[0].total_fen,
            order_number=rows[0].number,
        )
        for rows in by_order.values()
    )


def _taking(work: Work, row: Any, branch_name: str) -> m.CashTaking:
    return m.CashTaking(
        id=row.taking_id,
        branch_id=row.branch_id,
        branch_name=branch_name,
        state=m.CashTakingState(row.state),
        total_fen=row.total_fen,
        extra_fen=row.extra_fen,
        people=row.people,
        months=row.months,
        own=row.taken_by == work.caller.account_id,
        taken_by_name=row.taken_by_name,
        taken_at=row.taken_at,
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def list_cash_deposits(work: Work, request: m.ListCashDeposits) -> m.CashDepositPage:
    """Hand-ins of an organisation and all beneath it, newest first."""
    path = path_in_reach(work, request.org_id, *READERS)
    c = cash_deposit.c
    statement = sa.select(cash_deposit).where(of_branch_beneath(c.branch_id, path))
    if request.state is not None:
        statement = statement.where(c.state == request.state.value)
    after = key_of(request.cursor, parse_id)
    if after is not None:
        statement = statement.where(c.deposit_id < after[0])
    found = work.db.execute(statement.order_by(c.deposit_id.desc()).limit(request.limit + 1)).all()
    rows, following = cut(found, request.limit, lambda row: (row.deposit_id,))
    names = store.org_names(work.db, [row.branch_id for row in rows])
    items = tuple(deposit_view(work, row, names[row.branch_id]) for row in rows)
    return m.CashDepositPage(items=items, next_cursor=following)


def deposit_view(work: Work, row: Any, branch_name: str) -> m.CashDeposit:
    return m.CashDeposit(
        id=row.deposit_id,
        branch_id=row.branch_id,
        branch_name=branch_name,
        state=m.CashDepositState(row.state),
        amount_fen=row.amount_fen,
        banked_on=row.banked_on,
        slip_number=row.slip_number,
        own=row.handed_in_by == work.caller.account_id,
        handed_in_by_name=row.handed_in_by_name,
        handed_in_at=row.handed_in_at,
        statement_fen=row.statement_fen,
        statement_slip=row.statement_slip,
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def list_cash_on_hand(work: Work, request: m.ListCashOnHand) -> m.CashOnHandPage:
    """Branches with cash that has not reached the account, the longest in hand first."""
    path = path_in_reach(work, request.org_id, *READERS)
    listed = _on_hand(path).subquery()
    at = sa.cast(sa.extract("epoch", listed.c.since) * MICROSECONDS, sa.BigInteger)
    branch_id = sa.cast(listed.c.branch_id, sa.Text)
    statement = sa.select(listed, at.label("at"))
    after = key_of(request.cursor, whole, parse_id)
    if after is not None:
        statement = statement.where(sa.tuple_(at, branch_id) > sa.tuple_(*after))
    found = work.db.execute(statement.order_by(at, branch_id).limit(request.limit + 1)).all()
    rows, following = cut(found, request.limit, lambda row: (row.at, row.branch_id))
    items = tuple(
        m.CashOnHand(
            branch_id=row.branch_id,
            branch_name=row.name,
            held_fen=row.held_fen,
            promised_fen=row.promised_fen,
            since=row.since,
            days=(work.today - shanghai(row.since).date()).days,
        )
        for row in rows
    )
    return m.CashOnHandPage(items=items, next_cursor=following)


def _on_hand(path: OrgPath) -> sa.Select[Any]:
    """What was taken first is brought to the bank first: the oldest cash in hand is that of the first taking that the deposits
    so far do not cover."""
    c = cash_taking.c
    upto = sa.func.sum(c.total_fen).over(partition_by=c.branch_id, order_by=(c.taken_at, c.taking_id))
    in_all = sa.func.sum(c.total_fen).over(partition_by=c.branch_id)
    taken = (
        sa.select(c.branch_id, c.taken_at, upto.label("upto"), in_all.label("in_all"))
        .where(c.state == TakingState.CONFIRMED.value, of_branch_beneath(c.branch_id, path))
        .subquery()
    )
    box = cash_box.c
    return (
        sa.select(
            *(box.branch_id, organisation.c.name, box.held_fen, box.promised_fen),
            sa.func.min(taken.c.taken_at).label("since"),
        )
        .join(taken, taken.c.branch_id == box.branch_id)
        .join(organisation, organisation.c.org_id == box.branch_id)
        .where(box.held_fen > 0, taken.c.upto > taken.c.in_all - box.held_fen)
        .group_by(box.branch_id, organisation.c.name, box.held_fen, box.promised_fen)
    )
