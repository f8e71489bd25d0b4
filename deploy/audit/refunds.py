"""What must hold of refunds: never more than was paid, each line's money once, what was asked and what became of it (PAY-11)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of

REFUNDED = """SELECT refund_line.order_id, refund_line.line_no, refund_line.refund_request_id
    FROM refund_line JOIN refund_request USING (refund_request_id) WHERE refund_request.state = 'approved'"""
"""Lines of paid orders whose money is promised back or gone back."""

GIVEN = """SELECT order_id, sum(amount_fen) AS promised_fen,
        coalesce(sum(amount_fen) FILTER (WHERE state = 'succeeded'), 0) AS sent_fen
    FROM refund GROUP BY order_id"""
"""What of each order is promised back, and what of that was sent."""

INVARIANTS = (
    Invariant(
        "refunds_within_payment",
        "no more of an order is promised back than was paid for it, and the order counts each fen of it",
        none_of(
            """SELECT orders.order_id::text, 'paid ' || coalesce(payment.amount_fen, 0) || ' fen, promised '
                || coalesce(given.promised_fen, 0) || ', counted ' || orders.refunded_fen
            FROM orders LEFT JOIN given USING (order_id)
            LEFT JOIN provider_payment AS payment ON payment.order_id = orders.order_id
            WHERE orders.refunded_fen <> coalesce(given.promised_fen, 0)
                OR coalesce(given.promised_fen, 0) > coalesce(payment.amount_fen, 0)""",
            given=GIVEN,
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
                OR refund.hand_confirmed_by_account = refund.hand_by_account"""
        ),
    ),
    Invariant(
        "refund_request_true",
        "each request is over the sum of its lines, decided by another than asked, and has a refund exactly when approved",
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
            WHERE line.fen IS DISTINCT FROM request.amount_fen OR request.decided_by_account = request.asked_by_account
                OR coalesce(made.times, 0) <> CASE WHEN request.state = 'approved' THEN 1 ELSE 0 END
                OR CASE WHEN request.state = 'refused' THEN line.some ELSE NOT line.stand END"""
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
