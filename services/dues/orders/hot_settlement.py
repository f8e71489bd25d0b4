"""The statements that settle a batch of payments, however many: locking, reading, numbering and one that writes everything.

Decides nothing. Rows go in as JSON, so that the text stays the same for any number of them; the writing statement reports how
many rows of each kind it touched, and ``write`` stops everything when one is missing.
"""

# ruff: noqa: S608  # the texts are put together from the constants of this file alone

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from services.chassis.database import Statement, execute
from services.chassis.outbox import BELL
from services.contracts.values import MemberId, OrderId, OrgId, YearMonth
from services.dues.domain.order import OrderLine
from services.dues.domain.order_state import OrderState
from services.dues.orders.store import ORDER_FIELDS, Order

_FIELDS = ", ".join(f"{name}::text" if name.endswith("_id") else name for name in ORDER_FIELDS)
_LOCK = Statement(
    "lock_orders",
    {"numbers": "text[]"},
    f"SELECT {_FIELDS} FROM orders WHERE number = ANY(:numbers) ORDER BY order_id FOR UPDATE",
)
_PAYMENTS = Statement(
    "payments_of_orders",
    {"orders": "uuid[]", "transactions": "text[]"},
    "SELECT order_id::text, transaction_id FROM provider_payment"
    " WHERE order_id = ANY(:orders) OR transaction_id = ANY(:transactions)",
)
_LINES = Statement(
    "lines_of_orders",
    {"orders": "uuid[]"},
    """
    SELECT l.order_id::text, l.line_no, l.member_id::text, l.month, l.branch_id::text, l.amount_fen,
           l.member_id <> o.payer_id, m.name, payer.name, b.name, b.path::text
    FROM orders o JOIN order_line l ON l.order_id = o.order_id JOIN member m ON m.member_id = l.member_id
    JOIN member payer ON payer.member_id = o.payer_id JOIN organisation b ON b.org_id = l.branch_id
    WHERE o.order_id = ANY(:orders) ORDER BY l.order_id, l.line_no
    """,
)
_NUMBERS = Statement(
    "take_receipt_numbers",
    {"branches": "uuid[]", "counts": "int[]", "year": "int"},
    """
    INSERT INTO receipt_counter AS counter (branch_id, year, last_number)
    SELECT branch_id, :year, count FROM unnest(:branches, :counts) AS wanted (branch_id, count) ORDER BY branch_id
    ON CONFLICT (branch_id, year) DO UPDATE SET last_number = counter.last_number + excluded.last_number
    RETURNING branch_id::text, last_number
    """,
)
# What is inserted has the columns of its JSON, so a row is written as the code that made it says.
_COLUMNS = {
    "posting": "posting_id uuid, county_id text, entry text, debit_kind text, debit_owner uuid, credit_kind text, "
    "credit_owner uuid, amount_fen bigint, order_id uuid, line_no int, member_id uuid, month int, booked_month int, "
    "reverses uuid, booked_at timestamptz, deposit_id uuid",
    "receipt": "receipt_id uuid, county_id text, number text, branch_id uuid, year int, running_number int, order_id uuid, "
    "member_id uuid, payer_id uuid, member_name text, payer_name text, branch_name text, months jsonb, amount_fen bigint, "
    "channel text, simulated boolean, check_code text, issued_at timestamptz, extra_fen bigint, collector_name text",
    "outbox": "event_id uuid, type text, subject text, trace text, data jsonb, occurred_at timestamptz",
    "provider_payment": "transaction_id text, order_id uuid, amount_fen bigint, paid_at timestamptz, source text, "
    "late boolean, stored_at timestamptz",
}


def _inserted(table: str) -> str:
    columns = _COLUMNS[table]
    names = ", ".join(column.split()[0] for column in columns.split(", "))
    rows = f"json_to_recordset(:{table}) AS made ({columns})"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows} RETURNING 1"


_WRITE = Statement(
    "settle_payments",
    {**dict.fromkeys(_COLUMNS, "json"), "line": "json", "notice": "json", "paid_order": "json", "now": "timestamptz"},
    f"""
    WITH stored AS ({_inserted("provider_payment")}),
    moved AS (
        UPDATE orders SET state = 'succeeded', version = version + 1, settled_at = :now, next_query_at = NULL
        FROM json_to_recordset(:paid_order) AS paid (order_id uuid)
        WHERE orders.order_id = paid.order_id AND orders.state IN ('created', 'paying') RETURNING 1
    ),
    paid AS (
        UPDATE obligation SET paid_fen = paid_fen + line.amount_fen
        FROM json_to_recordset(:line) AS line (member_id uuid, month int, amount_fen bigint)
        WHERE obligation.member_id = line.member_id AND obligation.month = line.month RETURNING 1
    ),
    booked AS ({_inserted("posting")}),
    issued AS ({_inserted("receipt")}),
    told AS ({_inserted("outbox")}),
    noted AS (
        UPDATE payment_notice SET outcome = result.outcome, settled_at = :now
        FROM json_to_recordset(:notice) AS result (notice_id uuid, outcome text)
        WHERE payment_notice.notice_id = result.notice_id AND payment_notice.outcome IS NULL RETURNING 1
    )
    SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM moved), (SELECT count(*) FROM paid),
           (SELECT count(*) FROM booked), (SELECT count(*) FROM issued), (SELECT count(*) FROM told),
           (SELECT count(*) FROM noted), (SELECT pg_notify('{BELL}', '') FROM told LIMIT 1)
    """,
)


@dataclasses.dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of an order that is paid, with what its receipt says."""

    line: OrderLine
    member_name: str
    payer_name: str
    branch_name: str
    branch_path: str


@dataclasses.dataclass(slots=True)
class Effect:
    """The rows that a batch of payments writes, each as its table's columns."""

    orders: list[str] = dataclasses.field(default_factory=list)
    """The orders that are paid now, over WeChat or in cash."""
    payments: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    """Of the provider; cash has none."""
    lines: list[OrderLine] = dataclasses.field(default_factory=list)
    postings: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    receipts: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    events: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    outcomes: list[dict[str, str]] = dataclasses.field(default_factory=list)
    """Of notices that waited: ``notice_id`` and ``outcome``."""


def lock_orders(db: sa.Connection, numbers: Iterable[str]) -> dict[str, Order]:
    """The orders by number, locked in one order whoever locks them, until the transaction ends."""
    rows = execute(db, _LOCK, (list(numbers),))
    found = (Order(**dict(zip(ORDER_FIELDS, row, strict=True))) for row in rows)
    return {order.number: dataclasses.replace(order, state=OrderState(order.state)) for order in found}


def payments_of(
    db: sa.Connection, order_ids: Sequence[str], transactions: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The transaction that paid each of the orders, and the order that each of the transactions paid. Read after locking."""
    rows = execute(db, _PAYMENTS, (_uuids(order_ids), list(transactions)))
    return dict(rows), {transaction_id: order_id for order_id, transaction_id in rows}


def lines_of(db: sa.Connection, order_ids: Sequence[str]) -> dict[str, list[PaidLine]]:
    """The lines of each order, in their order."""
    found: dict[str, list[PaidLine]] = {}
    for order_id, line_no, member_id, month, branch_id, amount_fen, on_behalf, *said in execute(
        db, _LINES, (_uuids(order_ids),)
    ):
        when, branch = YearMonth.from_number(month), OrgId(branch_id)
        line = OrderLine(line_no, MemberId(member_id), when, branch, amount_fen, on_behalf)
        found.setdefault(OrderId(order_id), []).append(PaidLine(line, *said))
    return found


def take_numbers(db: sa.Connection, wanted: Mapping[OrgId, int], year: int) -> dict[OrgId, int]:
    """The last number that each branch has taken now: without a gap, since the transaction that takes them uses them.

    Counters are locked in one order, so that two batches never wait for each other.
    """
    counts = "{" + ",".join(str(count) for count in wanted.values()) + "}"
    return dict(execute(db, _NUMBERS, (_uuids(wanted), counts, year)))


def write(db: sa.Connection, effect: Effect, now: datetime) -> None:
    """Writes all of it. Raises RuntimeError, so that nothing stays, when a row that must be there was not."""
    lines = [
        {"member_id": line.member_id, "month": line.month.number, "amount_fen": line.amount_fen}
        for line in effect.lines
    ]
    paid = [{"order_id": order_id} for order_id in effect.orders]
    made = (effect.postings, effect.receipts, effect.events, effect.payments, lines, effect.outcomes, paid)
    ((*touched, _rung),) = execute(db, _WRITE, (*(orjson.dumps(each).decode() for each in made), now))
    postings, receipts, events, payments, months, outcomes, orders = (len(each) for each in made)
    if touched != [payments, orders, months, postings, receipts, events, outcomes]:
        raise RuntimeError(f"a batch of {orders} orders did not find all of its rows: {touched}")


def _uuids(ids: Iterable[str]) -> str:
    return "{" + ",".join(ids) + "}"
