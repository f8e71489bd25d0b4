"""Statements that several invariants select from: what was paid, and what of it was taken back."""

from __future__ import annotations

PAID = (
    "SELECT order_id, amount_fen, late FROM provider_payment UNION ALL SELECT orders.order_id, orders.total_fen, false "
    "FROM orders JOIN cash_taking USING (taking_id) WHERE cash_taking.state = 'confirmed'"
)
"""Orders that money came for: taken by the provider, or in cash that a second person confirmed."""

TAKEN_BACK = "SELECT * FROM refund WHERE channel <> 'cash' OR state = 'succeeded'"
"""Refunds whose lines are reversed: what the provider sends with its approval, cash when two persons say that it went back."""

REFUNDED = """SELECT refund_line.order_id, refund_line.line_no, refund_line.refund_request_id
    FROM refund_line JOIN refund_request USING (refund_request_id)
    LEFT JOIN refund ON refund.refund_request_id = refund_request.refund_request_id
    WHERE refund_request.state = 'approved' AND (refund.channel IS DISTINCT FROM 'cash' OR refund.state = 'succeeded')"""
"""Lines of paid orders whose money is on its way back or gone back."""

GIVEN = f"""SELECT order_id, sum(amount_fen) AS promised_fen,
        coalesce(sum(amount_fen) FILTER (WHERE state = 'succeeded'), 0) AS sent_fen
    FROM ({TAKEN_BACK}) AS taken_back GROUP BY order_id"""  # noqa: S608 (our own text)
"""What of each order was taken back, and what of that was sent."""
