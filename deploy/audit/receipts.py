"""What must hold of receipts: numbers without a gap by branch and year, and one for each person of a paid order (BOOK-7)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of
from deploy.audit.money import PAID, REFUNDED

INVARIANTS = (
    Invariant(
        "receipt_numbers_without_gap",
        "the receipts of each branch and year are numbered from 1 without a gap, as far as the counter says",
        none_of(
            """SELECT coalesce(given.branch_id, counter.branch_id) || '/' || coalesce(given.year, counter.year),
                coalesce(given.receipts, 0) || ' receipts, ' || coalesce(given.numbers, 0) || ' numbers from '
                || coalesce(given.first, 0) || ' to ' || coalesce(given.last, 0) || ', counter at '
                || coalesce(counter.last_number::text, 'nothing')
            FROM (
                SELECT branch_id, year, count(*) AS receipts, count(DISTINCT running_number) AS numbers,
                    min(running_number) AS first, max(running_number) AS last
                FROM receipt GROUP BY branch_id, year
            ) AS given
            FULL JOIN receipt_counter AS counter ON counter.branch_id = given.branch_id AND counter.year = given.year
            WHERE (given.receipts, given.numbers, given.first, given.last::bigint)
                IS DISTINCT FROM (counter.last_number::bigint, counter.last_number::bigint, 1, counter.last_number::bigint)"""
        ),
    ),
    Invariant(
        "receipt_number_true",
        "each receipt's printed number ends with its year and its running number, and no two are alike",
        none_of(
            """SELECT receipt_id::text, 'printed ' || number || ' for ' || year || '-' || running_number
            FROM receipt WHERE number NOT LIKE '%-' || lpad(year::text, 4, '0') || '-' || lpad(running_number::text, 6, '0')
            UNION ALL SELECT number, 'printed ' || count(*) || ' times' FROM receipt GROUP BY number HAVING count(*) > 1"""
        ),
    ),
    Invariant(
        "receipt_for_each_person_paid",
        "each person and branch of a paid order has one receipt over what was paid and not refunded, its extra apart; "
        "nothing else has one",
        none_of(
            """SELECT coalesce(paid.order_id, given.order_id) || '/' || coalesce(paid.member_id, given.member_id),
                'paid ' || coalesce(paid.fen, 0) || ' fen, ' || coalesce(given.receipts, 0) || ' receipts over '
                || coalesce(given.fen, 0)
            FROM (
                SELECT *, dues_fen + extra_fen AS fen FROM (
                    SELECT order_id, member_id, branch_id, channel, sum(order_line.amount_fen) AS dues_fen,
                        max(CASE WHEN (member_id, branch_id) = (payer_id, extra_branch_id) THEN extra_fen ELSE 0 END) AS extra_fen
                    FROM order_line JOIN money USING (order_id) JOIN orders USING (order_id)
                    LEFT JOIN refunded USING (order_id, line_no)
                    WHERE NOT late AND refunded.line_no IS NULL
                    GROUP BY order_id, member_id, branch_id, channel
                ) AS each WHERE dues_fen + extra_fen > 0
            ) AS paid
            FULL JOIN (
                SELECT order_id, member_id, branch_id, count(*) AS receipts, sum(amount_fen) AS fen,
                    sum(extra_fen) AS extra_fen, min(channel) AS channel
                FROM receipt WHERE NOT void GROUP BY order_id, member_id, branch_id
            ) AS given ON given.order_id = paid.order_id AND given.member_id = paid.member_id
                AND given.branch_id = paid.branch_id
            WHERE given.receipts IS DISTINCT FROM 1
                OR (given.fen, given.extra_fen, given.channel) IS DISTINCT FROM (paid.fen, paid.extra_fen, paid.channel)""",
            money=PAID,
            refunded=REFUNDED,
        ),
    ),
)
