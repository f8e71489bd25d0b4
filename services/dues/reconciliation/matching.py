"""The bill beside the ledger: every row is matched or gets the one name of what differs, set by set (BOOK-8, PAY-9, PAY-11).

Works on what ``staging`` has laid out and on the ledger's own tables, with one statement for each question however many rows
there are. Days are WeChat's: a payment belongs to the day of its ``paid_at``, however late we booked it. Decides nothing about
money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.dues.domain.reconciliation import DAY_EDGE

_FOUND = """
CREATE TEMPORARY TABLE bill_difference (
    line_no integer, kind text NOT NULL, transaction_id text NOT NULL, order_no text NOT NULL, order_id uuid,
    refund_no text NOT NULL, bill_fen bigint, ledger_fen bigint, bill_state text NOT NULL, ledger_state text NOT NULL,
    bill_at timestamptz, ledger_at timestamptz
) ON COMMIT DROP;
"""
_TWICE = """
-- Orders that the bill names with two transactions, and the first of them.
CREATE TEMPORARY TABLE bill_twice ON COMMIT DROP AS
WITH twice AS (
    SELECT order_no FROM bill_row WHERE refund_no = '' AND foreign_to = ''
    GROUP BY order_no HAVING min(transaction_id) <> max(transaction_id))
SELECT order_no, (array_agg(transaction_id ORDER BY happened_at, transaction_id))[1] AS first_transaction
FROM bill_row JOIN twice USING (order_no) WHERE refund_no = '' AND foreign_to = '' GROUP BY order_no
"""
_BOOKED = """
-- What the books took in for each order of the bill: three statements in one, since each kind of entry has its own index.
CREATE TEMPORARY TABLE bill_booked ON COMMIT DROP AS
WITH paid AS (
    SELECT payment.order_id FROM bill_row JOIN provider_payment AS payment USING (transaction_id) WHERE refund_no = '')
SELECT order_id, sum(amount_fen)::bigint AS booked_fen
FROM (SELECT order_id, amount_fen FROM posting WHERE entry = 'dues_paid' AND order_id IN (SELECT order_id FROM paid)
      UNION ALL
      SELECT order_id, amount_fen FROM posting WHERE entry = 'extra_paid' AND order_id IN (SELECT order_id FROM paid)
      UNION ALL
      SELECT order_id, amount_fen FROM posting WHERE entry = 'late_payment' AND order_id IN (SELECT order_id FROM paid)) AS entry
GROUP BY order_id
"""
_PAYMENTS = sa.text("""
INSERT INTO bill_difference
SELECT line_no, kind, transaction_id, order_no, order_id, '', bill_fen, ledger_fen, 'succeeded', '', happened_at, paid_at
FROM (
    SELECT line.line_no, line.transaction_id, line.order_no, line.amount_fen AS bill_fen, line.happened_at, payment.paid_at,
           coalesce(payment.order_id, named.order_id) AS order_id,
           CASE WHEN payment.transaction_id IS NULL THEN named.total_fen ELSE payment.amount_fen END AS ledger_fen,
           CASE
               WHEN line.line_no > repeated.first_line THEN 'row_repeated'
               WHEN line.foreign_to <> '' THEN line.foreign_to || '_differs'
               WHEN payment.transaction_id IS NULL AND named.order_id IS NULL THEN 'payment_of_unknown_order'
               WHEN payment.transaction_id IS NULL AND (other.transaction_id IS NOT NULL
                    OR twice.first_transaction <> line.transaction_id) THEN 'order_paid_twice'
               WHEN payment.transaction_id IS NULL THEN 'payment_of_known_order'
               WHEN payment.order_id IS DISTINCT FROM named.order_id THEN 'payment_order_differs'
               WHEN payment.amount_fen <> line.amount_fen THEN 'payment_amount_differs'
               WHEN (payment.paid_at < :day_begins OR payment.paid_at >= :day_ends)
                    AND abs(extract(epoch FROM payment.paid_at - line.happened_at)) > :edge_s THEN 'payment_day_differs'
               WHEN payment.late AND back.refund_id IS NULL THEN 'late_not_promised_back'
               WHEN booked.booked_fen IS DISTINCT FROM payment.amount_fen THEN 'payment_not_booked'
           END AS kind
    FROM bill_row AS line
    LEFT JOIN provider_payment AS payment ON payment.transaction_id = line.transaction_id
    LEFT JOIN orders AS named ON named.number = line.order_no
    LEFT JOIN provider_payment AS other ON other.order_id = named.order_id
    LEFT JOIN refund AS back ON payment.late AND back.order_id = payment.order_id
    LEFT JOIN bill_booked AS booked ON booked.order_id = payment.order_id
    LEFT JOIN bill_twice AS twice ON twice.order_no = line.order_no
    LEFT JOIN bill_repeated AS repeated ON repeated.transaction_id = line.transaction_id AND repeated.refund_no = ''
    WHERE line.refund_no = ''
) AS judged
WHERE kind IS NOT NULL
""")
_REFUNDS = sa.text("""
INSERT INTO bill_difference
SELECT line_no, kind, transaction_id, order_no, order_id, refund_no, bill_fen, ledger_fen, bill_state, ledger_state,
       happened_at, asked_at
FROM (
    SELECT line.line_no, line.transaction_id, line.order_no, line.refund_no, line.amount_fen AS bill_fen,
           line.state AS bill_state, line.happened_at, back.asked_at, coalesce(back.order_id, named.order_id) AS order_id,
           back.amount_fen AS ledger_fen,
           coalesce(back.state, '') AS ledger_state,
           CASE
               WHEN line.line_no > repeated.first_line THEN 'row_repeated'
               WHEN line.foreign_to <> '' THEN line.foreign_to || '_differs'
               WHEN back.refund_id IS NULL THEN 'refund_only_in_bill'
               WHEN back.order_id IS DISTINCT FROM named.order_id THEN 'refund_order_differs'
               WHEN back.amount_fen <> line.amount_fen THEN 'refund_amount_differs'
               WHEN line.state <> CASE back.state
                    WHEN 'succeeded' THEN 'succeeded' WHEN 'abnormal' THEN 'failed' ELSE 'processing' END
                    THEN 'refund_state_differs'
               WHEN back.state = 'succeeded' AND NOT EXISTS (
                    SELECT FROM posting WHERE posting.order_id = back.order_id AND posting.entry = 'refund_sent'
                        AND posting.amount_fen = back.amount_fen) THEN 'refund_not_booked'
           END AS kind
    FROM bill_row AS line
    LEFT JOIN refund AS back ON back.number = line.refund_no AND back.channel <> 'cash'
    LEFT JOIN orders AS named ON named.number = line.order_no
    LEFT JOIN bill_repeated AS repeated
        ON repeated.transaction_id = line.transaction_id AND repeated.refund_no = line.refund_no
    WHERE line.refund_no <> ''
) AS judged
WHERE kind IS NOT NULL
""")
_ONLY_IN_LEDGER = sa.text("""
INSERT INTO bill_difference
SELECT NULL::integer, 'payment_only_in_ledger', payment.transaction_id, orders.number, payment.order_id, '', NULL::bigint,
       payment.amount_fen, '', '', NULL::timestamptz, payment.paid_at
FROM provider_payment AS payment
JOIN orders USING (order_id)
LEFT JOIN bill_row AS line ON line.transaction_id = payment.transaction_id AND line.refund_no = ''
WHERE payment.paid_at >= :day_begins AND payment.paid_at < :day_ends AND line.line_no IS NULL
  AND NOT EXISTS (SELECT FROM bill_mark AS mark
                  WHERE mark.transaction_id = payment.transaction_id AND mark.refund_no = '' AND mark.day <> :day)
UNION ALL
-- A refund stands in the bill of the day on which it was asked for, never after the day on which we heard of its end. Of cash the
-- provider never hears.
SELECT NULL, 'refund_only_in_ledger', coalesce(payment.transaction_id, ''), orders.number, back.order_id, back.number, NULL,
       back.amount_fen, '', back.state, NULL, back.asked_at
FROM refund AS back
JOIN orders USING (order_id)
LEFT JOIN provider_payment AS payment USING (order_id)
LEFT JOIN bill_row AS line ON line.refund_no = back.number
WHERE back.channel <> 'cash' AND back.state = 'succeeded' AND line.line_no IS NULL
  AND back.succeeded_at >= :day_begins AND back.succeeded_at < :day_ends
  AND NOT EXISTS (SELECT FROM bill_mark AS mark WHERE mark.refund_no = back.number AND mark.day <> :day)
""")
_MARKS = sa.text("""
INSERT INTO bill_mark (county_id, day, transaction_id, refund_no, amount_fen, happened_at)
SELECT :county, :day, line.transaction_id, line.refund_no, line.amount_fen, line.happened_at
FROM bill_row AS line JOIN refund AS back ON back.number = line.refund_no AND back.channel <> 'cash'
UNION
SELECT :county, :day, line.transaction_id, '', line.amount_fen, line.happened_at
FROM bill_row AS line JOIN provider_payment AS payment USING (transaction_id)
WHERE line.refund_no = '' AND (payment.paid_at < :day_begins OR payment.paid_at >= :day_ends)
""")
_FORGET_MARKS = sa.text("DELETE FROM bill_mark WHERE county_id = :county AND day = :day")
_SUMS = sa.text("""
SELECT (SELECT count(*) FROM provider_payment WHERE paid_at >= :day_begins AND paid_at < :day_ends) AS ledger_payments,
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM provider_payment
        WHERE paid_at >= :day_begins AND paid_at < :day_ends) AS ledger_payment_fen,
       (SELECT count(*) FROM bill_row) - (SELECT count(line_no) FROM bill_difference) AS matched
""")


@dataclass(frozen=True, slots=True)
class BillDay:
    """A day of China's calendar with its two ends as instants."""

    county_id: str
    day: date
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Sums:
    ledger_payments: int
    ledger_payment_fen: int
    matched: int
    """Rows of the bill about which there is nothing to say."""


def judge(db: sa.Connection, of: BillDay) -> Sums:
    """Fills ``bill_difference`` from ``bill_row``, and keeps what of this bill the ledger has on another day."""
    values: dict[str, Any] = {
        "county": of.county_id,
        "day": of.day,
        "day_begins": of.begins,
        "day_ends": of.ends,
        "edge_s": int(DAY_EDGE.total_seconds()),
    }
    for text in (_FOUND, _TWICE, _BOOKED):
        db.exec_driver_sql(text)
    db.exec_driver_sql("ANALYZE bill_booked")
    for statement in (_FORGET_MARKS, _MARKS, _PAYMENTS, _REFUNDS, _ONLY_IN_LEDGER):
        db.execute(statement, values)
    row = db.execute(_SUMS, values).one()
    return Sums(int(row.ledger_payments), int(row.ledger_payment_fen), int(row.matched))
