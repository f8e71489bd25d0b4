"""A bill's rows laid beside the ledger in tables that live for one transaction.

Rows travel by the chunk, each column as one text that the database takes apart: their values have no comma in them, which the
reading has proven. COPY would be faster still, but the driver refuses it where workers share a process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from services.dues.domain.trade_bill import BillFault, BillRefused, BillRow

Breathe = Callable[[], None]
"""Called between chunks, so that reading a long bill does not hold up the process's other work."""
WORK_MEMORY = "64MB"
"""For this transaction's joins: a million rows then go over the disk a few times and not hundreds."""
_MAKE = """
DROP TABLE IF EXISTS pg_temp.bill_row, pg_temp.bill_repeated, pg_temp.bill_twice, pg_temp.bill_booked, pg_temp.bill_difference;
CREATE TEMPORARY TABLE bill_row (
    line_no integer NOT NULL, happened_at timestamptz NOT NULL, foreign_to text NOT NULL, transaction_id text NOT NULL,
    order_no text NOT NULL, refund_no text NOT NULL, amount_fen bigint NOT NULL, state text NOT NULL
) ON COMMIT DROP;
"""
_ADD = sa.text("""
INSERT INTO bill_row
SELECT :before + place, (happened || '+08')::timestamptz, coalesce(foreign_to, ''), transaction_id, order_no,
       coalesce(refund_no, ''), amount_fen::bigint, state
FROM unnest(string_to_array(:happened, ','), string_to_array(:foreign_to, ','), string_to_array(:transaction_id, ','),
            string_to_array(:order_no, ','), string_to_array(:refund_no, ','), string_to_array(:amount_fen, ','),
            string_to_array(:state, ','))
     WITH ORDINALITY AS line (happened, foreign_to, transaction_id, order_no, refund_no, amount_fen, state, place)
""")
_REPEATED = """
CREATE TEMPORARY TABLE bill_repeated ON COMMIT DROP AS
SELECT transaction_id, refund_no, min(line_no) AS first_line,
       min(order_no) <> max(order_no) OR min(amount_fen) <> max(amount_fen) OR min(happened_at) <> max(happened_at)
           OR min(state) <> max(state) OR min(foreign_to) <> max(foreign_to) AS contradicts
FROM bill_row GROUP BY transaction_id, refund_no HAVING count(*) > 1
"""
_CONTRADICTION = sa.text("SELECT min(first_line) FROM bill_repeated WHERE contradicts")


def stage(db: sa.Connection, chunks: Iterable[list[BillRow]], breathe: Breathe) -> None:
    """Fills ``bill_row`` and ``bill_repeated``. Raises BillRefused as the reading does, and for one number with two meanings."""
    db.exec_driver_sql(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
    db.exec_driver_sql(_MAKE)
    before = 1  # the line of the columns
    for rows in chunks:
        _add(db, rows, before)
        before += len(rows)
        breathe()
    db.exec_driver_sql("ANALYZE bill_row")
    db.exec_driver_sql(_REPEATED)
    contradiction = db.scalar(_CONTRADICTION)
    if contradiction is not None:
        raise BillRefused(BillFault.NUMBER_REPEATED, contradiction)


def _add(db: sa.Connection, rows: list[BillRow], before: int) -> None:
    happened, foreign_to, transaction_id, order_no, refund_no, amount_fen, state = zip(*rows, strict=True)
    values = {
        "before": before,
        "happened": ",".join(happened),
        "foreign_to": ",".join(foreign_to),
        "transaction_id": ",".join(transaction_id),
        "order_no": ",".join(order_no),
        "refund_no": ",".join(refund_no),
        "amount_fen": ",".join(map(str, amount_fen)),
        "state": ",".join(state),
    }
    db.execute(_ADD, values)
