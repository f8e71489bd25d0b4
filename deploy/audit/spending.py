"""What must hold of spending: one of the five classes, two persons, each entry as booked, never more than is held (BOOK-4)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of

ACCOUNTS = """
    SELECT org_id, sum(arrived) AS arrived, sum(passed) AS passed, sum(spent) AS spent, sum(income) AS income FROM (
        SELECT to_org AS org_id, amount_fen AS arrived, 0 AS passed, 0 AS spent, 0 AS income
        FROM remittance WHERE state = 'arrived'
        UNION ALL SELECT from_org, 0, amount_fen, 0, 0 FROM remittance
        UNION ALL SELECT debit_owner, 0, 0, amount_fen, 0 FROM posting WHERE debit_kind = 'spending'
        UNION ALL SELECT credit_owner, 0, 0, -amount_fen, 0 FROM posting WHERE credit_kind = 'spending'
        UNION ALL SELECT credit_owner, 0, 0, 0, amount_fen FROM posting WHERE credit_kind = 'branch_dues_income'
    ) AS moved GROUP BY org_id
"""
"""Of each organisation: what arrived from beneath, what its slips pass up, what it spent, what it ever took in itself."""

CLASSES = (
    "SELECT * FROM (VALUES ('training'), ('education_materials'), ('commendation'), ('member_aid'), ('room_repair')) "
    "AS each (name)"
)

INVARIANTS = (
    Invariant(
        "spending_as_decided",
        "each entry of spending is in a class of the rule, and was answered and reversed by another than recorded it",
        none_of(
            """SELECT spending_id::text, state || CASE
                WHEN known.name IS NULL THEN ' in a class that there is not'
                WHEN recorded_by IN (answered_by, reversed_by) THEN ' by whoever recorded it'
                ELSE ', answered and reversed otherwise' END
            FROM spending LEFT JOIN known ON known.name = spending.spending_class
            WHERE known.name IS NULL OR state NOT IN ('recorded', 'approved', 'refused', 'reversed')
                OR (state = 'recorded') <> (answered_by IS NULL) OR (state = 'reversed') <> (reversed_by IS NOT NULL)
                OR recorded_by IN (answered_by, reversed_by)""",
            known=CLASSES,
        ),
    ),
    Invariant(
        "spending_as_booked",
        "each approved entry of spending is in the ledger once, with its organisation, its amount and its month, each reversed "
        "one twice, and nothing else is",
        none_of(
            """SELECT coalesce(entry.spending_id, booked.posting_id)::text, CASE
                WHEN entry.spending_id IS NULL THEN 'booked without an entry'
                WHEN booked.posting_id IS NULL THEN 'approved and not booked'
                WHEN (mirror.posting_id IS NOT NULL) <> (entry.state = 'reversed') THEN 'reversed in one place alone'
                ELSE 'booked otherwise than the entry says' END
            FROM (SELECT * FROM spending WHERE state IN ('approved', 'reversed')) AS entry
            FULL JOIN (SELECT * FROM posting WHERE entry = 'spent') AS booked ON booked.posting_id = entry.posting_id
            LEFT JOIN posting AS mirror ON mirror.reverses = booked.posting_id
            WHERE entry.spending_id IS NULL OR booked.posting_id IS NULL
                OR (booked.debit_owner, booked.amount_fen, booked.booked_month, entry.booked_month / 100)
                IS DISTINCT FROM (entry.org_id, entry.amount_fen, entry.booked_month, entry.year)
                OR (mirror.posting_id IS NOT NULL) <> (entry.state = 'reversed')
                OR mirror.posting_id IS DISTINCT FROM entry.reversal_id"""
        ),
    ),
    Invariant(
        "spending_within_held",
        "no organisation has spent more than arrived from beneath and was not passed up",
        none_of(
            """SELECT org_id::text, 'spent ' || spent || ' fen of ' || arrived || ' arrived, ' || passed || ' passed up'
            FROM account WHERE spent > 0 AND (spent > arrived OR spent + passed > arrived + income)""",
            account=ACCOUNTS,
        ),
    ),
    Invariant(
        "spending_box_as_booked",
        "what is kept as an organisation's own to spend is what arrived less what it passed up and spent",
        none_of(
            """SELECT org_id::text, 'kept ' || coalesce(held_fen, 0) || ' fen of ' || coalesce(arrived, 0) || ' arrived, '
                || coalesce(passed, 0) || ' passed up, ' || coalesce(spent, 0) || ' spent'
            FROM spending_box FULL JOIN (SELECT * FROM account WHERE income = 0) AS account USING (org_id)
            WHERE coalesce(held_fen, 0) <> coalesce(arrived - passed - spent, 0)""",
            account=ACCOUNTS,
        ),
    ),
)
