"""What must hold of orders, payments, months and refunds: their states, and what they say of each other (BOOK-1,
PAY-9, PAY-11)."""

# ruff: noqa: S608  # the texts are put together from the constants of this file alone

from __future__ import annotations

from deploy.audit.books import STANDING
from deploy.audit.invariant import Invariant, none_of
from deploy.audit.money import GIVEN, PAID, REFUNDED

STATES = """SELECT * FROM (VALUES
    ('created', false, false, '{none}'::text[]), ('paying', false, false, '{none}'),
    ('closed', false, false, '{none}'), ('failed', false, false, '{none}'),
    ('succeeded', true, false, '{none,part}'), ('late_paid', true, true, '{none}'),
    ('refund_requested', true, NULL, '{promised}'), ('refunded', true, NULL, '{sent}')
) AS legal (state, paid, late, back)"""
"""What each state of an order says of its payment (NULL: either way) and of the money that goes back: none, a part of what was
paid, all of it promised, all of it sent."""
_BACK = """CASE WHEN given.order_id IS NULL THEN 'none' WHEN given.sent_fen = orders.total_fen THEN 'sent'
    WHEN given.promised_fen = orders.total_fen THEN 'promised' ELSE 'part' END"""

INVARIANTS = (
    Invariant(
        "order_state_true",
        "each order is in a state that there is, and its payment and refund are what the state says",
        none_of(
            f"""SELECT orders.order_id::text, orders.state || CASE
                WHEN legal.state IS NULL THEN ' is no state'
                WHEN (payment.order_id IS NOT NULL) AND NOT legal.paid THEN ' and paid'
                WHEN payment.order_id IS NULL AND legal.paid THEN ' and not paid'
                WHEN legal.late IS DISTINCT FROM payment.late AND legal.late IS NOT NULL THEN ' and the payment says otherwise'
                WHEN (orders.state = 'succeeded') AND orders.settled_at IS NULL THEN ' and not settled'
                ELSE ' and goes back: ' || {_BACK} END
            FROM orders
            LEFT JOIN legal ON legal.state = orders.state
            LEFT JOIN paid AS payment ON payment.order_id = orders.order_id
            LEFT JOIN given ON given.order_id = orders.order_id
            WHERE legal.state IS NULL OR (payment.order_id IS NOT NULL) <> legal.paid
                OR (payment.order_id IS NOT NULL AND legal.late IS NOT NULL AND legal.late <> payment.late)
                OR (orders.state = 'succeeded' AND orders.settled_at IS NULL)
                OR {_BACK} <> ALL (legal.back)""",
            legal=STATES,
            paid=PAID,
            given=GIVEN,
        ),
    ),
    Invariant(
        "order_total_true",
        "each order's total is the sum of its lines and its extra, and what was paid for it is the total",
        none_of(
            """SELECT orders.order_id::text, 'total ' || total_fen || ' fen, lines ' || coalesce(line.fen, 0) || ', paid '
                || coalesce(payment.amount_fen::text, 'nothing')
            FROM orders
            LEFT JOIN (SELECT order_id, sum(amount_fen) AS fen FROM order_line GROUP BY order_id) AS line
                ON line.order_id = orders.order_id
            LEFT JOIN paid AS payment ON payment.order_id = orders.order_id
            WHERE line.fen + orders.extra_fen IS DISTINCT FROM orders.total_fen OR payment.amount_fen <> orders.total_fen""",
            paid=PAID,
        ),
    ),
    Invariant(
        "payment_once",
        "no order was paid by two transactions, and no transaction paid two orders",
        none_of(
            """SELECT order_id::text, 'paid by ' || count(*) || ' transactions'
            FROM provider_payment GROUP BY order_id HAVING count(*) > 1
            UNION ALL SELECT transaction_id, 'paid ' || count(*) || ' orders'
            FROM provider_payment GROUP BY transaction_id HAVING count(*) > 1"""
        ),
    ),
    Invariant(
        "lines_held_as_state_says",
        "an order that awaits money or was paid holds its months but those refunded, one that let go or gave back holds none",
        none_of(
            """SELECT orders.order_id::text, state || ' and holds ' || count(*) FILTER (WHERE live) || ' of ' || count(*)
                || ', refunded ' || count(refunded.line_no)
            FROM orders JOIN order_line USING (order_id) LEFT JOIN refunded USING (order_id, line_no)
            GROUP BY orders.order_id, state
            HAVING count(*) FILTER (WHERE live) <> CASE
                WHEN state IN ('created', 'paying', 'succeeded') THEN count(*) - count(refunded.line_no) ELSE 0 END
                OR count(*) FILTER (WHERE live AND refunded.line_no IS NOT NULL) > 0""",
            refunded=REFUNDED,
        ),
    ),
    Invariant(
        "month_held_once",
        "no part of a member's month is held by two orders, and only one awaits money for it",
        none_of(
            """SELECT member_id || '/' || month, 'held by ' || count(*) || ' orders'
            FROM order_line JOIN orders USING (order_id) WHERE live GROUP BY member_id, month
            HAVING count(*) > count(DISTINCT part) OR count(*) FILTER (WHERE state IN ('created', 'paying')) > 1"""
        ),
    ),
    Invariant(
        "month_settled_once",
        "no part of a member's month is settled twice",
        none_of(
            """SELECT standing.member_id || '/' || standing.month, 'settled ' || count(*) || ' times'
            FROM standing LEFT JOIN order_line AS line USING (order_id, line_no)
            WHERE entry = 'dues_paid' GROUP BY standing.member_id, standing.month, line.part HAVING count(*) > 1""",
            standing=STANDING,
        ),
    ),
    Invariant(
        "month_paid_as_booked",
        "each member's month has taken what is booked for it, and no more than it owes",
        none_of(
            """SELECT coalesce(obligation.member_id, booked.member_id) || '/' || coalesce(obligation.month, booked.month),
                'owes ' || coalesce(amount_fen::text, 'nothing known') || ' fen, has taken ' || coalesce(paid_fen::text,
                'nothing') || ', booked ' || coalesce(booked.fen, 0)
            FROM obligation
            FULL JOIN (
                SELECT member_id, month, sum(amount_fen) AS fen FROM standing
                WHERE entry = 'dues_paid' GROUP BY member_id, month
            ) AS booked ON booked.member_id = obligation.member_id AND booked.month = obligation.month
            WHERE obligation.member_id IS NULL OR paid_fen <> coalesce(booked.fen, 0)
                OR paid_fen < 0 OR paid_fen > coalesce(amount_fen, 0)""",
            standing=STANDING,
        ),
    ),
    Invariant(
        "line_has_its_month",
        "each month that an order holds is owed by the member, to the line's branch",
        none_of(
            """SELECT line.order_id || '/' || line.line_no, CASE WHEN obligation.member_id IS NULL
                THEN 'the month is not owed' ELSE 'the month is owed to another branch' END
            FROM order_line AS line
            LEFT JOIN obligation ON obligation.member_id = line.member_id AND obligation.month = line.month
            WHERE line.live AND line.branch_id IS DISTINCT FROM obligation.branch_id"""
        ),
    ),
    Invariant(
        "month_state_true",
        "each month of the county is in a state that there is, and an opened one says since when",
        none_of(
            """SELECT county_id || '/' || month, state || CASE WHEN opened_at IS NULL THEN ' and never opened' ELSE '' END
            FROM dues_month
            WHERE state NOT IN ('draft', 'open', 'branch_reported', 'committee_reported', 'settled')
                OR (state = 'draft') <> (opened_at IS NULL)"""
        ),
    ),
)
