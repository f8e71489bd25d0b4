"""What must hold of cash and extras: two persons, every fen from hand to bank, each extra once (PAY-5, PAY-6, BOOK-3)."""

from __future__ import annotations

from deploy.audit.books import SIDES, STANDING
from deploy.audit.invariant import Invariant, none_of
from deploy.audit.money import PAID

INVARIANTS = (
    Invariant(
        "cash_has_two_persons",
        "each taking was confirmed by another than took it, and its orders are where it is",
        none_of(
            """SELECT taking.taking_id::text, taking.state || CASE
                WHEN taking.state = 'confirmed' AND taking.decided_by = taking.taken_by THEN ' by whoever took it'
                WHEN taking.state = 'confirmed' AND taking.decided_by IS NULL THEN ' by nobody'
                ELSE ', and an order of it is ' || coalesce(orders.state, 'not there') END
            FROM cash_taking AS taking LEFT JOIN orders USING (taking_id)
            WHERE (taking.state = 'confirmed' AND taking.taken_by = coalesce(taking.decided_by, taking.taken_by))
                OR orders.state IS NULL OR orders.state <> ALL (CASE taking.state
                    WHEN 'confirmed' THEN '{succeeded,refund_requested,refunded}'::text[]
                    WHEN 'waiting' THEN '{created}' ELSE '{closed}' END)
            UNION SELECT order_id::text, 'cash of no taking' FROM orders WHERE (channel = 'cash') <> (taking_id IS NOT NULL)"""
        ),
    ),
    Invariant(
        "cash_taking_as_its_orders",
        "each taking's total, extra and number of people are those of its orders, all of members who pay for themselves",
        none_of(
            """SELECT taking_id::text, 'says ' || taking.total_fen || ' fen of ' || taking.people || ' people, orders '
                || coalesce(made.total_fen, 0) || ' of ' || coalesce(made.people, 0)
            FROM cash_taking AS taking LEFT JOIN (
                SELECT taking_id, sum(orders.total_fen) AS total_fen, sum(orders.extra_fen) AS extra_fen, count(*) AS people,
                    bool_and(NOT EXISTS (
                        SELECT FROM order_line AS line WHERE line.order_id = orders.order_id
                            AND (line.member_id <> orders.payer_id OR line.branch_id <> taking.branch_id))) AS own
                FROM orders JOIN cash_taking AS taking USING (taking_id) GROUP BY taking_id
            ) AS made USING (taking_id)
            WHERE (made.total_fen, made.extra_fen, made.people, made.own)
                IS DISTINCT FROM (taking.total_fen::numeric, taking.extra_fen::numeric, taking.people::bigint, true)"""
        ),
    ),
    Invariant(
        "cash_box_as_booked",
        "each branch holds the cash that the ledger says, and has promised of it what is handed in or recorded as handed back "
        "and not confirmed",
        none_of(
            """SELECT coalesce(box.branch_id, booked.owner)::text, 'holds ' || coalesce(box.held_fen, 0) || ', promised '
                || coalesce(box.promised_fen, 0) || ', booked ' || coalesce(booked.fen, 0) || ', waiting '
                || coalesce(waiting.fen, 0)
            FROM cash_box AS box
            FULL JOIN (
                SELECT owner, sum(debit_fen - credit_fen) AS fen FROM side WHERE kind = 'cash' GROUP BY owner
            ) AS booked ON booked.owner = box.branch_id
            LEFT JOIN (
                SELECT branch_id, sum(amount_fen) AS fen FROM (
                    SELECT branch_id, amount_fen FROM cash_deposit WHERE state IN ('handed_in', 'differs')
                    UNION ALL SELECT branch_id, amount_fen FROM refund WHERE hand_source = 'box' AND state <> 'succeeded'
                ) AS promise GROUP BY branch_id
            ) AS waiting ON waiting.branch_id = box.branch_id
            WHERE coalesce(box.held_fen, 0) <> coalesce(booked.fen, 0) OR box.held_fen < 0
                OR coalesce(box.promised_fen, 0) <> coalesce(waiting.fen, 0) OR box.promised_fen > box.held_fen""",
            side=SIDES,
        ),
    ),
    Invariant(
        "banked_cash_as_booked",
        "what a branch has on the county's account is what it brought there, less what was sent back from it or is recorded so",
        none_of(
            """SELECT branch_id::text, 'has ' || coalesce(box.banked_fen, 0) || ', brought ' || coalesce(brought.fen, 0)
                || ', sent back ' || coalesce(back.fen, 0)
            FROM cash_box AS box
            FULL JOIN (
                SELECT credit_owner AS branch_id, sum(amount_fen) AS fen FROM posting WHERE entry = 'cash_deposited'
                GROUP BY credit_owner
            ) AS brought USING (branch_id)
            FULL JOIN (
                SELECT branch_id, sum(amount_fen) AS fen FROM refund WHERE hand_source = 'bank' GROUP BY branch_id
            ) AS back USING (branch_id)
            WHERE coalesce(box.banked_fen, 0) <> coalesce(brought.fen, 0) - coalesce(back.fen, 0)"""
        ),
    ),
    Invariant(
        "deposit_booked_once",
        "each hand-in that another person found on the statement is booked once, from its branch; no other is",
        none_of(
            """SELECT coalesce(deposit.deposit_id, booked.deposit_id)::text, coalesce(deposit.state, 'not there') || ', booked '
                || coalesce(booked.times, 0) || ' times over ' || coalesce(booked.fen, 0) || ' fen'
            FROM (SELECT * FROM cash_deposit WHERE state = 'confirmed') AS deposit
            FULL JOIN (
                SELECT deposit_id, count(*) AS times, sum(amount_fen) AS fen, min(credit_owner::text) AS branch_id
                FROM standing WHERE entry = 'cash_deposited' GROUP BY deposit_id
            ) AS booked ON booked.deposit_id = deposit.deposit_id
            WHERE (booked.times, booked.fen, booked.branch_id)
                    IS DISTINCT FROM (1::bigint, deposit.amount_fen::numeric, deposit.branch_id::text)
                OR deposit.decided_by IS NOT DISTINCT FROM deposit.handed_in_by
                OR (deposit.statement_fen, deposit.statement_slip) IS DISTINCT FROM (deposit.amount_fen, deposit.slip_number)""",
            standing=STANDING,
        ),
    ),
    Invariant(
        "extra_booked_once",
        "each extra of a paid order is booked once, apart from dues, with its giver and his branch; nothing else is",
        none_of(
            """SELECT coalesce(given.order_id, booked.order_id)::text, 'gave ' || coalesce(given.extra_fen, 0) || ' fen, booked '
                || coalesce(booked.times, 0) || ' times over ' || coalesce(booked.fen, 0)
            FROM (
                SELECT orders.* FROM orders JOIN paid USING (order_id) WHERE NOT paid.late AND extra_fen > 0
            ) AS given
            FULL JOIN (
                SELECT order_id, count(*) AS times, sum(amount_fen) AS fen, min(member_id::text) AS member_id,
                    min(credit_owner::text) AS branch_id
                FROM standing WHERE entry = 'extra_paid' GROUP BY order_id
            ) AS booked ON booked.order_id = given.order_id
            WHERE (booked.times, booked.fen, booked.member_id, booked.branch_id) IS DISTINCT FROM
                (1::bigint, given.extra_fen::numeric, given.payer_id::text, given.extra_branch_id::text)""",
            paid=PAID,
            standing=STANDING,
        ),
    ),
    Invariant(
        "centre_extra_on_its_list",
        "each paid extra of 1000 yuan or more is on the centre's list with its amount, and nothing else is",
        none_of(
            """SELECT coalesce(given.order_id, listed.order_id)::text, 'gave ' || coalesce(given.extra_fen, 0) || ' fen, listed '
                || coalesce(listed.amount_fen::text, 'nothing')
            FROM (
                SELECT orders.* FROM orders JOIN paid USING (order_id) WHERE NOT paid.late AND extra_fen >= 100000
            ) AS given
            FULL JOIN centre_extra AS listed ON listed.order_id = given.order_id
            WHERE (listed.amount_fen, listed.member_id) IS DISTINCT FROM (given.extra_fen, given.payer_id)""",
            paid=PAID,
        ),
    ),
)
