"""What the totals must be, as statements over the ledger and the obligations. Folding, comparing and rebuilding share them.

Each is one statement, so that it sees one moment of the database. What still waits in a queue is no difference.
"""

# ruff: noqa: S608  # the texts are put together from the constants of this file alone

from __future__ import annotations

KEY = ("branch_id", "booked_month", "paid_month", "member_class", "on_behalf", "channel")
"""What a total of the collection is about."""
_KEY = ", ".join(KEY)
OWED_KEY = ("branch_id", "month", "member_class")
OWED_FIGURES = ("members", "exempt", "unassessed", "paid_members", "owed_fen", "paid_fen")
_OWED_FIGURES = ", ".join(OWED_FIGURES)

_CHANGE = """
    SELECT p.county_id, side.owner AS branch_id, p.booked_month, coalesce(p.month, p.booked_month) AS paid_month,
        coalesce(o.member_class, 'none') AS member_class,
        coalesce(orders.payer_id <> p.member_id, false) AS on_behalf,
        CASE side.other WHEN 'provider_clearing' THEN 'wechat' WHEN 'cash' THEN 'cash' ELSE 'other' END AS channel,
        sum(side.sign)::bigint AS payments, sum(side.sign * p.amount_fen)::bigint AS amount_fen
    FROM posting p
    CROSS JOIN LATERAL (VALUES
        (p.credit_kind, p.credit_owner, p.debit_kind, 1), (p.debit_kind, p.debit_owner, p.credit_kind, -1)
    ) AS side (kind, owner, other, sign)
    LEFT JOIN obligation o ON o.member_id = p.member_id AND o.month = p.month
    LEFT JOIN orders ON orders.order_id = p.order_id
    WHERE side.kind = 'branch_dues_income' AND {which}
    GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
"""Income by the key, reversals taken off. The class is that of the month paid, which does not change once it is paid."""

_ADDED = f"""
    INSERT INTO collection_total AS kept (county_id, {_KEY}, payments, amount_fen)
    SELECT county_id, {_KEY}, payments, amount_fen FROM change
    ON CONFLICT ({_KEY}) DO UPDATE SET
        payments = kept.payments + excluded.payments, amount_fen = kept.amount_fen + excluded.amount_fen
    RETURNING 1
"""

FOLD = f"""
    WITH taken AS (
        DELETE FROM posting_unfolded WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM posting_unfolded WHERE county_id = :county LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING posting_id
    ), change AS ({_CHANGE.format(which="p.posting_id IN (SELECT posting_id FROM taken)")}),
    added AS ({_ADDED}),
    noted AS (
        INSERT INTO owed_stale (branch_id, month, county_id) SELECT DISTINCT branch_id, paid_month, county_id FROM change
    )
    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM added)
"""
"""Taking from the queue and adding to the totals are one statement: a kill takes back both."""

TAKE_STALE = """
    DELETE FROM owed_stale WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM owed_stale WHERE county_id = :county LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING branch_id::text, month
"""

_OWED = """
    SELECT o.county_id, o.branch_id, o.month, o.member_class, count(*) AS members,
        count(*) FILTER (WHERE o.amount_fen = 0) AS exempt, count(*) FILTER (WHERE o.amount_fen IS NULL) AS unassessed,
        count(*) FILTER (WHERE o.amount_fen > 0 AND o.paid_fen >= o.amount_fen) AS paid_members,
        coalesce(sum(o.amount_fen), 0)::bigint AS owed_fen, sum(o.paid_fen)::bigint AS paid_fen
    FROM obligation o {join} WHERE NOT o.ahead AND o.county_id = :county
    GROUP BY o.county_id, o.branch_id, o.month, o.member_class
"""
"""A month that somebody paid ahead counts from its opening on, as everywhere else."""

ADD_UP = f"""
    WITH pair AS (SELECT DISTINCT * FROM unnest(CAST(:branches AS uuid[]), CAST(:months AS int[])) AS pair (branch_id, month)),
    truth AS ({_OWED.format(join="JOIN pair USING (branch_id, month)")}),
    gone AS (
        DELETE FROM owed_total kept USING pair WHERE (kept.branch_id, kept.month) = (pair.branch_id, pair.month)
            AND NOT EXISTS (SELECT FROM truth WHERE (truth.branch_id, truth.month, truth.member_class)
                = (kept.branch_id, kept.month, kept.member_class))
    )
    INSERT INTO owed_total (county_id, branch_id, month, member_class, {_OWED_FIGURES})
    SELECT county_id, branch_id, month, member_class, {_OWED_FIGURES} FROM truth
    ON CONFLICT (branch_id, month, member_class) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in OWED_FIGURES)}
"""

_TRUE_COLLECTION = _CHANGE.format(
    which="p.county_id = :county AND NOT EXISTS "
    "(SELECT FROM posting_unfolded waiting WHERE waiting.posting_id = p.posting_id)"
)
_COLLECTION_DIFFERS = f"""
    SELECT {_KEY}, coalesce(kept.payments, 0) AS kept_count, coalesce(truth.payments, 0) AS true_count,
        coalesce(kept.amount_fen, 0) AS kept_fen, coalesce(truth.amount_fen, 0) AS true_fen
    FROM (SELECT {_KEY}, payments, amount_fen FROM collection_total WHERE county_id = :county) AS kept
    FULL JOIN (SELECT {_KEY}, payments, amount_fen FROM ({_TRUE_COLLECTION}) AS booked) AS truth USING ({_KEY})
    WHERE (coalesce(kept.payments, 0), coalesce(kept.amount_fen, 0))
        <> (coalesce(truth.payments, 0), coalesce(truth.amount_fen, 0))
"""
_WAITING_PAIRS = """
    SELECT branch_id, month FROM owed_stale UNION
    SELECT side.owner, coalesce(p.month, p.booked_month) FROM posting_unfolded waiting
    JOIN posting p USING (posting_id)
    CROSS JOIN LATERAL (VALUES (p.credit_kind, p.credit_owner), (p.debit_kind, p.debit_owner)) AS side (kind, owner)
    WHERE side.kind = 'branch_dues_income'
"""
_FIGURES_OF = "(" + ", ".join(f"coalesce({{0}}.{name}, 0)" for name in OWED_FIGURES) + ")"
_OWED_DIFFERS = f"""
    SELECT branch_id, month, member_class, coalesce(kept.members, 0) AS kept_count,
        coalesce(truth.members, 0) AS true_count, coalesce(kept.paid_fen, 0) AS kept_fen,
        coalesce(truth.paid_fen, 0) AS true_fen
    FROM (SELECT branch_id, month, member_class, {_OWED_FIGURES} FROM owed_total WHERE county_id = :county) AS kept
    FULL JOIN (SELECT branch_id, month, member_class, {_OWED_FIGURES} FROM ({_OWED.format(join="")}) AS owed) AS truth
        USING (branch_id, month, member_class)
    WHERE {_FIGURES_OF.format("kept")} <> {_FIGURES_OF.format("truth")}
        AND (branch_id, month) NOT IN ({_WAITING_PAIRS})
"""

COMPARE = f"""
    SELECT 'collection' AS kind, branch_id::text, paid_month AS month, member_class, kept_count, true_count, kept_fen, true_fen
    FROM ({_COLLECTION_DIFFERS}) AS collection
    UNION ALL
    SELECT 'owed', branch_id::text, month, member_class, kept_count, true_count, kept_fen, true_fen
    FROM ({_OWED_DIFFERS}) AS owed
    ORDER BY kind, month, branch_id, member_class
"""
"""Every total that is not what the ledger and the obligations say, one moment of the database."""

REBUILD = f"""
    WITH change AS (
        SELECT CAST(:county AS text) AS county_id, {_KEY}, true_count - kept_count AS payments, true_fen - kept_fen AS amount_fen
        FROM ({_COLLECTION_DIFFERS}) AS differs
    ), added AS ({_ADDED}),
    noted AS (
        INSERT INTO owed_stale (branch_id, month, county_id)
        SELECT DISTINCT branch_id, month, CAST(:county AS text) FROM ({_OWED_DIFFERS}) AS differs RETURNING 1
    )
    SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM noted)
"""
"""Sets every total right by what it lacks. Payments go on meanwhile: what they book waits in the queue and is not counted."""
