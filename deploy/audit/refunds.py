"""What must hold of refunds: never more than was paid, each line's money once, what was asked and what became of it (PAY-11)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of
from deploy.audit.money import PAID, REFUNDED

INVARIANTS = (
    Invariant(
        "refunds_within_payment",
        "no more of an order is promised back than was paid for it, and the order counts each fen of it",
        none_of(
            """SELECT orders.order_id::text, 'paid ' || coalesce(payment.amount_fen, 0) || ' fen, promised '
                || coalesce(promised.fen, 0) || ', counted ' || orders.refunded_fen
            FROM orders
            LEFT JOIN (SELECT order_id, sum(amount_fen) AS fen FROM refund GROUP BY order_id) AS promised USING (order_id)
            LEFT JOIN paid AS payment ON payment.order_id = orders.order_id
            WHERE orders.refunded_fen <> coalesce(promised.fen, 0)
                OR coalesce(promised.fen, 0) > coalesce(payment.amount_fen, 0)""",
            paid=PAID,
        ),
    ),
    Invariant(
        "refund_state_true",
        "each refund is in a state that there is, for the amount of what it gives back, and a sent one says since when",
        none_of(
            """SELECT refund_id::text, refund.state || ', ' || refund.amount_fen || ' fen of '
                || coalesce(coalesce(request.amount_fen, orders.total_fen)::text, 'no order')
            FROM refund LEFT JOIN orders USING (order_id)
            LEFT JOIN refund_request AS request ON request.refund_request_id = refund.refund_request_id
            WHERE refund.state NOT IN ('requested', 'processing', 'succeeded', 'abnormal')
                OR refund.amount_fen IS DISTINCT FROM coalesce(request.amount_fen, orders.total_fen)
                OR (refund.state = 'succeeded') <> (refund.succeeded_at IS NOT NULL)
                OR refund.hand_confirmed_by_account = refund.hand_by_account
                OR refund.channel IS DISTINCT FROM orders.channel"""
        ),
    ),
    Invariant(
        "cash_returned_by_two",
        "cash that went back was recorded with its voucher and confirmed by another, out of the branch that took it",
        none_of(
            """SELECT refund_id::text, refund.state || ' by ' || coalesce(hand_by_account::text, 'nobody') || ' and '
                || coalesce(hand_confirmed_by_account::text, 'nobody') || ', voucher ' || coalesce(hand_voucher, 'none')
            FROM refund JOIN orders USING (order_id) LEFT JOIN cash_taking USING (taking_id)
            WHERE refund.channel = 'cash' AND (
                refund.branch_id IS DISTINCT FROM cash_taking.branch_id
                OR (refund.state = 'succeeded') <> (hand_confirmed_by_account IS NOT NULL)
                OR (refund.state = 'succeeded' AND (hand_by_account IS NULL OR hand_source IS NULL OR hand_voucher IS NULL)))"""
        ),
    ),
    Invariant(
        "refund_request_true",
        "each request is over the sum of its lines, decided by another than asked or taken back by him, and has a refund exactly "
        "when approved",
        none_of(
            """SELECT request.refund_request_id::text, request.state || ', ' || request.amount_fen || ' fen, lines '
                || coalesce(line.fen, 0) || ', refunds ' || coalesce(made.times, 0)
            FROM refund_request AS request
            LEFT JOIN (
                SELECT refund_request_id, sum(order_line.amount_fen) AS fen, bool_and(stands) AS stand, bool_or(stands) AS some
                FROM refund_line JOIN order_line USING (order_id, line_no) GROUP BY refund_request_id
            ) AS line USING (refund_request_id)
            LEFT JOIN (
                SELECT refund_request_id, count(*) AS times FROM refund GROUP BY refund_request_id
            ) AS made USING (refund_request_id)
            WHERE line.fen IS DISTINCT FROM request.amount_fen
                OR (request.decided_by_account = request.asked_by_account) <> (request.state = 'withdrawn')
                OR coalesce(made.times, 0) <> CASE WHEN request.state = 'approved' THEN 1 ELSE 0 END
                OR CASE WHEN request.state IN ('refused', 'withdrawn') THEN line.some ELSE NOT line.stand END"""
        ),
    ),
    Invariant(
        "line_refunded_once",
        "each refunded line is reversed in the ledger once, and nothing else of a paid order is",
        none_of(
            """SELECT coalesce(back.order_id, undone.order_id) || '/' || coalesce(back.line_no, undone.line_no),
                'refunded ' || coalesce(back.times, 0) || ' times, reversed ' || coalesce(undone.times, 0)
            FROM (
                SELECT order_id, line_no, count(*) AS times FROM refunded
                JOIN order_line USING (order_id, line_no) WHERE amount_fen <> 0 GROUP BY order_id, line_no
            ) AS back
            FULL JOIN (
                SELECT original.order_id, original.line_no, count(*) AS times
                FROM posting AS reversal JOIN posting AS original ON original.posting_id = reversal.reverses
                WHERE original.entry = 'dues_paid' GROUP BY original.order_id, original.line_no
            ) AS undone ON undone.order_id = back.order_id AND undone.line_no = back.line_no
            WHERE back.times IS DISTINCT FROM 1 OR undone.times IS DISTINCT FROM 1""",
            refunded=REFUNDED,
        ),
    ),
)
