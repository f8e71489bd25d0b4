"""Statements on requests for refunds and their lines. Decides nothing; callers hold the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.contracts.values import OrderId, OrgPath
from services.dues.domain.ledger import StoredPosting
from services.dues.domain.order import OrderLine
from services.dues.domain.refund import LineStanding, PaidOrder, RefundPlan
from services.dues.orders import store
from services.dues.orders.books import stored_postings
from services.dues.storage.cash import cash_taking
from services.dues.storage.refunds import refund_line, refund_request
from services.dues.storage.tables import order_line, orders, organisation, posting, receipt, refund


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is stored."""

    refund_request_id: str
    county_id: str
    order_id: OrderId
    state: str
    amount_fen: int
    by_payer: bool
    asked_by_account: str
    asked_at: datetime


_TAKEN_BACK = sa.or_(refund.c.channel != store.CASH, refund.c.state == "succeeded")
"""Whether a refund's lines are reversed: money that the provider sends with its approval, cash when it was handed back."""
REQUEST_FIELDS = tuple(Request.__dataclass_fields__)


def find_request(db: sa.Connection, request_id: str, *, lock: bool = False) -> Request | None:
    chosen = sa.select(*(refund_request.c[name] for name in REQUEST_FIELDS)).where(
        refund_request.c.refund_request_id == request_id
    )
    row = db.execute(chosen.with_for_update() if lock else chosen).one_or_none()
    return None if row is None else Request(**row._asdict())


def add_request(db: sa.Connection, values: dict[str, object], plan: RefundPlan) -> None:
    db.execute(sa.insert(refund_request).values(state="waiting", amount_fen=plan.amount_fen, **values))
    own = {name: values[name] for name in ("refund_request_id", "order_id", "county_id")}
    rows = [{**own, "line_no": line.line_no, "stands": True} for line in plan.lines]
    db.execute(sa.insert(refund_line), rows)


def decide_request(db: sa.Connection, request_id: str, **decided: object) -> None:
    chosen = sa.update(refund_request).where(refund_request.c.refund_request_id == request_id)
    db.execute(chosen.values(**decided))


def let_lines_go(db: sa.Connection, request_id: str) -> None:
    """Of a request that was refused or taken back: their money may be asked for again."""
    chosen = sa.update(refund_line).where(refund_line.c.refund_request_id == request_id)
    db.execute(chosen.values(stands=False))


def paid_order(db: sa.Connection, order: store.Order) -> PaidOrder:
    """Read under the order's lock."""
    counted = sa.select(
        sa.func.count().label("requests"),
        sa.func.count().filter(refund_request.c.state.in_(["waiting", "approved"])).label("open_requests"),
    ).where(refund_request.c.order_id == order.order_id)
    row = db.execute(counted).one()
    promised = db.scalar(sa.select(orders.c.refunded_fen).where(orders.c.order_id == order.order_id))
    return PaidOrder(order.state, order.total_fen, int(promised or 0), int(row.requests), int(row.open_requests))


def taken_back_fen(db: sa.Connection, order_id: str, *, besides: str) -> int:
    """What of an order was taken back by refunds other than this one: read under the order's lock."""
    others = sa.and_(refund.c.order_id == order_id, refund.c.refund_id != besides, _TAKEN_BACK)
    return int(db.scalar(sa.select(sa.func.coalesce(sa.func.sum(refund.c.amount_fen), 0)).where(others)) or 0)


def lines_with_standing(db: sa.Connection, order: store.Order) -> list[tuple[OrderLine, LineStanding]]:
    rows = db.execute(
        sa.select(refund_line.c.line_no, refund_request.c.state, _TAKEN_BACK.label("taken_back"))
        .join(refund_request, refund_request.c.refund_request_id == refund_line.c.refund_request_id)
        .outerjoin(refund, refund.c.refund_request_id == refund_line.c.refund_request_id)
        .where(refund_line.c.order_id == order.order_id, refund_line.c.stands)
    )
    asked = {row.line_no: _standing(row.state, taken_back=row.taken_back) for row in rows}
    lines = store.lines_of(db, order.order_id, order.payer_id)
    return [(line, asked.get(line.line_no, LineStanding.PAID)) for line in lines]


def _standing(state: str, *, taken_back: bool) -> LineStanding:
    if state == "waiting":
        return LineStanding.ASKED
    return LineStanding.REFUNDED if taken_back else LineStanding.APPROVED


def lines_of_request(db: sa.Connection, request_id: str, order: store.Order) -> list[OrderLine]:
    chosen = sa.select(refund_line.c.line_no).where(refund_line.c.refund_request_id == request_id)
    wanted = set(db.scalars(chosen))
    return [line for line in store.lines_of(db, order.order_id, order.payer_id) if line.line_no in wanted]


def paths_of(db: sa.Connection, branch_ids: Sequence[str]) -> dict[str, OrgPath]:
    wanted = sorted(set(branch_ids))
    rows = db.execute(sa.select(organisation.c.org_id, organisation.c.path).where(organisation.c.org_id.in_(wanted)))
    return {row.org_id: OrgPath(row.path) for row in rows}


def paid_postings(db: sa.Connection, order_id: str) -> list[StoredPosting]:
    """The entries of an order's payment, and whatever reversed them."""
    paid = sa.select(posting.c.posting_id).where(posting.c.order_id == order_id, posting.c.entry == "dues_paid")
    return stored_postings(db, posting.c.posting_id.in_(paid) | posting.c.reverses.in_(paid.scalar_subquery()))


def standing_receipts(db: sa.Connection, order_id: str) -> dict[tuple[str, str], str]:
    """The receipts of an order that are not void, by person and branch."""
    chosen = sa.select(receipt.c.member_id, receipt.c.branch_id, receipt.c.receipt_id)
    rows = db.execute(chosen.where(receipt.c.order_id == order_id, sa.not_(receipt.c.void)))
    return {(row.member_id, row.branch_id): row.receipt_id for row in rows}


def collector_of(db: sa.Connection, order: store.Order) -> str:
    """Who took an order's cash, for its receipts; nobody where it was paid otherwise."""
    if order.taking_id is None:
        return ""
    taken = sa.select(cash_taking.c.taken_by_name).where(cash_taking.c.taking_id == order.taking_id)
    return str(db.scalar(taken))


def release_lines(db: sa.Connection, order_id: str, line_nos: Sequence[int]) -> None:
    """These months may be paid again."""
    chosen = sa.update(order_line).where(order_line.c.order_id == order_id, order_line.c.line_no.in_(line_nos))
    db.execute(chosen.values(live=False))
