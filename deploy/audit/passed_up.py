"""What must hold of the totals, which follow the ledger, and of the slips by which dues are passed up (BOOK-2, BOOK-5)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of

INCOME = """
    SELECT posting_id, credit_owner AS branch_id, coalesce(month, booked_month) AS month, amount_fen AS fen, 1 AS times
    FROM posting WHERE credit_kind = 'branch_dues_income'
    UNION ALL SELECT posting_id, debit_owner, coalesce(month, booked_month), -amount_fen, -1
    FROM posting WHERE debit_kind = 'branch_dues_income'
"""
"""What each posting brings to a branch or takes from it."""

INVARIANTS = (
    Invariant(
        "collection_totals_as_booked",
        "the totals of each branch and month are what its postings come to, but for those that wait to be folded",
        none_of(
            """SELECT branch_id || '/' || month, 'kept ' || coalesce(kept.fen, 0) || ' fen of ' || coalesce(kept.times, 0)
                || ' payments, booked ' || coalesce(booked.fen, 0) || ' of ' || coalesce(booked.times, 0)
            FROM (
                SELECT branch_id, paid_month AS month, sum(amount_fen) AS fen, sum(payments) AS times
                FROM collection_total GROUP BY branch_id, paid_month
            ) AS kept
            FULL JOIN (
                SELECT branch_id, month, sum(fen) AS fen, sum(times) AS times FROM income
                WHERE NOT EXISTS (SELECT FROM posting_unfolded WHERE posting_unfolded.posting_id = income.posting_id)
                GROUP BY branch_id, month
            ) AS booked USING (branch_id, month)
            WHERE (coalesce(kept.fen, 0), coalesce(kept.times, 0)) <> (coalesce(booked.fen, 0), coalesce(booked.times, 0))""",
            income=INCOME,
        ),
    ),
    Invariant(
        "owed_totals_as_owed",
        "what is kept as owed and paid for a branch's month is what its members' months come to, but for changes just made",
        none_of(
            """SELECT branch_id || '/' || month, 'kept ' || coalesce(kept.members, 0) || ' members, ' || coalesce(kept.owed, 0)
                || ' owed, ' || coalesce(kept.paid, 0) || ' paid; truly ' || coalesce(owed.members, 0) || ', '
                || coalesce(owed.owed, 0) || ', ' || coalesce(owed.paid, 0)
            FROM (
                SELECT branch_id, month, sum(members) AS members, sum(owed_fen) AS owed, sum(paid_fen) AS paid
                FROM owed_total GROUP BY branch_id, month
            ) AS kept
            FULL JOIN (
                SELECT branch_id, month, count(*) AS members, coalesce(sum(amount_fen), 0) AS owed, sum(paid_fen) AS paid
                FROM obligation WHERE NOT ahead GROUP BY branch_id, month
            ) AS owed USING (branch_id, month)
            WHERE (coalesce(kept.members, 0), coalesce(kept.owed, 0), coalesce(kept.paid, 0))
                <> (coalesce(owed.members, 0), coalesce(owed.owed, 0), coalesce(owed.paid, 0))
                AND (branch_id, month) NOT IN (
                    SELECT branch_id, month FROM owed_stale UNION
                    SELECT branch_id, month FROM income JOIN posting_unfolded USING (posting_id))""",
            income=INCOME,
        ),
    ),
    Invariant(
        "remittance_as_booked",
        "each slip that has arrived is in the ledger once, with its two levels and its amount, and nothing else is",
        none_of(
            """SELECT coalesce(slip.remittance_id, booked.posting_id)::text, CASE
                WHEN slip.remittance_id IS NULL THEN 'booked without a slip'
                WHEN booked.posting_id IS NULL THEN 'arrived and not booked'
                ELSE 'booked otherwise than the slip says' END
            FROM (SELECT * FROM remittance WHERE state = 'arrived') AS slip
            FULL JOIN (SELECT * FROM posting WHERE entry = 'remitted') AS booked ON booked.posting_id = slip.posting_id
            WHERE slip.remittance_id IS NULL OR booked.posting_id IS NULL
                OR (booked.debit_owner, booked.credit_owner, booked.amount_fen, booked.month)
                IS DISTINCT FROM (slip.from_org, slip.to_org, slip.amount_fen, slip.booked_month)"""
        ),
    ),
    Invariant(
        "remittance_within_income",
        "no organisation passes up more than it took in and has received from beneath, less what it spent",
        none_of(
            """SELECT from_org::text, 'passed up ' || passed || ' fen of ' || income || ' taken in, ' || received || ' received, '
                || spent || ' spent'
            FROM (
                SELECT from_org, sum(amount_fen) AS passed,
                    (SELECT coalesce(sum(fen), 0) FROM income WHERE branch_id = from_org) AS income,
                    (SELECT coalesce(sum(lower.amount_fen), 0) FROM remittance AS lower
                        WHERE lower.to_org = remittance.from_org AND lower.state = 'arrived') AS received,
                    (SELECT coalesce(sum(amount_fen), 0) FROM spending WHERE org_id = from_org AND state = 'approved') AS spent
                FROM remittance GROUP BY from_org
            ) AS summed WHERE passed > income + received - spent""",
            income=INCOME,
        ),
    ),
    Invariant(
        "remittance_numbers_without_gap",
        "the slips of an organisation and year have running numbers without a gap, and no number was taken for nothing",
        none_of(
            """SELECT coalesce(counter.org_id, slips.org_id) || '/' || coalesce(counter.year, slips.year),
                'last number ' || coalesce(last_number, 0) || ', ' || coalesce(many, 0) || ' slips up to '
                || coalesce(highest, 0)
            FROM remittance_counter AS counter
            FULL JOIN (
                SELECT from_org AS org_id, year, count(*) AS many, max(running_number) AS highest
                FROM remittance GROUP BY from_org, year
            ) AS slips ON slips.org_id = counter.org_id AND slips.year = counter.year
            WHERE last_number IS DISTINCT FROM many OR many IS DISTINCT FROM highest"""
        ),
    ),
)
