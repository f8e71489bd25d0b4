"""Statements on orders and their lines. Decides nothing; callers hold the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.contracts.values import MemberId, OrderId, OrgId, OrgPath, YearMonth
from services.dues.domain.extra import Extra
from services.dues.domain.order import OrderLine
from services.dues.domain.order_state import AWAITING_MONEY, OrderState
from services.dues.storage.arrays import unnested
from services.dues.storage.tables import member, obligation, order_line, orders, organisation, provider_payment

WECHAT, CASH = "wechat", "cash"
"""How an order is paid."""
_AWAITING = [state.value for state in AWAITING_MONEY]


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it is stored."""

    order_id: OrderId
    county_id: str
    number: str
    payer_id: MemberId
    total_fen: int
    state: OrderState
    version: int
    prepay_id: str | None
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    queries: int
    channel: str = WECHAT
    taking_id: str | None = None
    """The taking of cash that it belongs to."""
    extra_fen: int = 0
    extra_branch_id: OrgId | None = None

    @property
    def extra(self) -> Extra | None:
        """What the payer gives beyond his own dues (PAY-6)."""
        if self.extra_branch_id is None:
            return None
        return Extra(self.payer_id, self.extra_branch_id, self.extra_fen)


ORDER_FIELDS = tuple(Order.__dataclass_fields__)
_FIELDS = [orders.c[name] for name in ORDER_FIELDS]


def find_order(
    db: sa.Connection, *, order_id: str | None = None, number: str | None = None, lock: bool = False
) -> Order | None:
    """The order by its id or number. ``lock`` holds the row until the transaction ends, so that steps come one by one."""
    statement = sa.select(*_FIELDS).where(
        orders.c.order_id == order_id if order_id is not None else orders.c.number == number
    )
    row = db.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        return None
    return Order(**{**row._asdict(), "state": OrderState(row.state)})


def insert_order(db: sa.Connection, order: Order, next_query_at: datetime | None) -> None:
    """``next_query_at``: when the provider is asked after it; None for an order that he never hears of."""
    values = {name: getattr(order, name) for name in Order.__dataclass_fields__}
    db.execute(sa.insert(orders).values(**values, next_query_at=next_query_at))


def reserve_lines(db: sa.Connection, order_id: OrderId, lines: Sequence[OrderLine]) -> int:
    """Reserves the lines whose month still lacks exactly this amount and which no order awaiting money holds; how many could be.

    A concurrent order for one of the months is waited for. Fewer than asked means that the caller must give up the whole. A
    difference of a month that is paid in part is the next part of it (PAY-4): two orders for one part meet at the index.
    """
    asked = unnested(lines, "asked")
    same = sa.and_(
        order_line.c.member_id == obligation.c.member_id, order_line.c.month == obligation.c.month, order_line.c.live
    )
    part = sa.select(sa.func.coalesce(sa.func.max(order_line.c.part) + 1, 0)).where(same).scalar_subquery()
    held = sa.exists().where(same, orders.c.order_id == order_line.c.order_id, orders.c.state.in_(_AWAITING))
    owed = (
        sa.select(
            sa.literal(order_id, pg.UUID(as_uuid=False)),
            asked.c.line_no,
            asked.c.member_id,
            asked.c.month,
            obligation.c.branch_id,
            asked.c.amount_fen,
            sa.true(),
            part,
        )
        .join(
            obligation,
            (obligation.c.member_id == asked.c.member_id)
            & (obligation.c.month == asked.c.month)
            & (obligation.c.amount_fen - obligation.c.paid_fen == asked.c.amount_fen),
        )
        .where(sa.not_(held))
        .order_by(asked.c.member_id, asked.c.month)
        .with_for_update(of=obligation, key_share=True)
    )
    columns = ["order_id", "line_no", "member_id", "month", "branch_id", "amount_fen", "live", "part"]
    return db.execute(pg.insert(order_line).from_select(columns, owed).on_conflict_do_nothing()).rowcount


def lines_of(db: sa.Connection, order_id: str, payer_id: str) -> list[OrderLine]:
    rows = db.execute(sa.select(order_line).where(order_line.c.order_id == order_id).order_by(order_line.c.line_no))
    return [
        OrderLine(
            line_no=row.line_no,
            member_id=MemberId(row.member_id),
            month=YearMonth.from_number(row.month),
            branch_id=OrgId(row.branch_id),
            amount_fen=row.amount_fen,
            on_behalf=row.member_id != payer_id,
        )
        for row in rows
    ]


def release_lines(db: sa.Connection, order_id: str) -> None:
    db.execute(sa.update(order_line).where(order_line.c.order_id == order_id).values(live=False))


def move_order(db: sa.Connection, order_id: str, state: OrderState, **changes: object) -> None:
    statement = sa.update(orders).where(orders.c.order_id == order_id)
    db.execute(statement.values(state=state.value, version=orders.c.version + 1, **changes))


def holder_of(db: sa.Connection, member_id: str, month: YearMonth) -> tuple[str, str, datetime, str] | None:
    """Which order that awaits money holds a member's month: its id, its payer, until when, and how it is paid."""
    row = db.execute(
        sa.select(orders.c.order_id, orders.c.payer_id, orders.c.expires_at, orders.c.channel)
        .join(order_line, order_line.c.order_id == orders.c.order_id)
        .where(order_line.c.live, order_line.c.member_id == member_id, order_line.c.month == month.number)
        .where(orders.c.state.in_(_AWAITING))
    ).first()
    return None if row is None else (row.order_id, row.payer_id, row.expires_at, row.channel)


def credited_transaction(db: sa.Connection, order_id: str) -> str | None:
    return db.scalar(sa.select(provider_payment.c.transaction_id).where(provider_payment.c.order_id == order_id))


def names_of(db: sa.Connection, member_ids: Sequence[str]) -> dict[str, str]:
    rows = db.execute(sa.select(member.c.member_id, member.c.name).where(member.c.member_id.in_(member_ids)))
    return {row.member_id: row.name for row in rows}


def org_names(db: sa.Connection, org_ids: Sequence[str]) -> dict[str, str]:
    rows = db.execute(sa.select(organisation.c.org_id, organisation.c.name).where(organisation.c.org_id.in_(org_ids)))
    return {row.org_id: row.name for row in rows}


def org_path(db: sa.Connection, org_id: str) -> OrgPath | None:
    """Where an organisation stands in the tree; None for one that is not known."""
    path = db.scalar(sa.select(organisation.c.path).where(organisation.c.org_id == org_id))
    return OrgPath(path) if path else None


def county_root(db: sa.Connection, county_id: str) -> tuple[OrgId, str]:
    """The county's own organisation, which owns clearing, suspense and refunds: id and name."""
    row = db.execute(
        sa.select(organisation.c.org_id, organisation.c.name)
        .where(organisation.c.county_id == county_id)
        .order_by(sa.func.nlevel(organisation.c.path))
        .limit(1)
    ).one()
    return OrgId(row.org_id), row.name
