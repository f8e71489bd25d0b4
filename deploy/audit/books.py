"""What must hold of the ledger: each posting, each order's postings, each account, all accounts together (BOOK-7, PAY-11).

A posting is one row with both its sides, so debits equal credits whatever happens; what can be wrong is what it says.
"""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of
from deploy.audit.money import PAID, REFUNDED, TAKEN_BACK

ENTRIES = """SELECT * FROM (VALUES
    ('dues_paid', 'provider_clearing', 'branch_dues_income', 'wechat'),
    ('dues_paid', 'cash', 'branch_dues_income', 'cash'),
    ('extra_paid', 'provider_clearing', 'voluntary_extra', 'wechat'),
    ('extra_paid', 'cash', 'voluntary_extra', 'cash'),
    ('cash_deposited', 'bank', 'cash', NULL),
    ('late_payment', 'provider_clearing', 'suspense', 'wechat'),
    ('suspense_refund_asked', 'suspense', 'refunds_payable', 'wechat'),
    ('refund_promised', 'provider_clearing', 'refunds_payable', 'wechat'),
    ('refund_promised', 'cash', 'refunds_payable', 'cash'),
    ('refund_sent', 'refunds_payable', 'provider_clearing', 'wechat'),
    ('refund_sent', 'refunds_payable', 'cash', 'cash'),
    ('refund_sent', 'refunds_payable', 'bank', 'cash'),
    ('remitted', 'remittance', 'remittance_received', NULL),
    ('spent', 'spending', 'paid_out', NULL)
) AS entry (name, debit_kind, credit_kind, channel)"""
"""Between which kinds of account each entry moves money, for an order of which channel; NULL: for none."""

STANDING = (
    "SELECT * FROM posting WHERE NOT EXISTS (SELECT FROM posting AS later WHERE later.reverses = posting.posting_id)"
)
"""Postings that nothing has reversed."""

SIDES = """
    SELECT debit_kind AS kind, debit_owner AS owner, amount_fen AS debit_fen, 0 AS credit_fen FROM posting
    UNION ALL SELECT credit_kind, credit_owner, 0, amount_fen FROM posting
"""

INVARIANTS = (
    Invariant(
        "posting_moves_money",
        "each posting moves at least one fen from one account to another",
        none_of(
            """SELECT posting_id::text, 'moves ' || coalesce(amount_fen::text, 'nothing') || ' fen from '
                || credit_kind || ' to ' || debit_kind
            FROM posting
            WHERE amount_fen IS NULL OR amount_fen <= 0 OR (debit_kind, debit_owner) = (credit_kind, credit_owner)"""
        ),
    ),
    Invariant(
        "posting_between_its_accounts",
        "each posting goes between the kinds of account that its entry names",
        none_of(
            """SELECT posting_id::text, posting.entry || ' from ' || posting.credit_kind || ' to ' || posting.debit_kind
            FROM posting LEFT JOIN orders USING (order_id)
            WHERE posting.entry <> 'reversal' AND NOT EXISTS (
                SELECT FROM entry WHERE (entry.name, entry.debit_kind, entry.credit_kind)
                    = (posting.entry, posting.debit_kind, posting.credit_kind)
                    AND entry.channel IS NOT DISTINCT FROM orders.channel)""",
            entry=ENTRIES,
        ),
    ),
    Invariant(
        "reversal_mirrors_original",
        "each reversal is the mirror of one posting, and no posting is reversed twice",
        none_of(
            """SELECT reversal.posting_id::text, CASE
                WHEN original.posting_id IS NULL THEN 'reverses a posting that is not there'
                WHEN original.entry = 'reversal' THEN 'reverses a reversal'
                ELSE 'is no mirror of ' || original.posting_id END
            FROM posting AS reversal LEFT JOIN posting AS original ON original.posting_id = reversal.reverses
            WHERE (reversal.entry = 'reversal' OR reversal.reverses IS NOT NULL) AND (
                original.posting_id IS NULL OR original.entry = 'reversal' OR reversal.entry <> 'reversal' OR
                (reversal.debit_kind, reversal.debit_owner, reversal.credit_kind, reversal.credit_owner,
                 reversal.amount_fen, reversal.order_id, reversal.line_no, reversal.member_id, reversal.month)
                IS DISTINCT FROM
                (original.credit_kind, original.credit_owner, original.debit_kind, original.debit_owner,
                 original.amount_fen, original.order_id, original.line_no, original.member_id, original.month))
            UNION ALL
            SELECT reverses::text, 'is reversed ' || count(*) || ' times'
            FROM posting WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1"""
        ),
    ),
    Invariant(
        "line_booked_once",
        "each paid line that was not refunded is booked once, with its amount, its branch, its member and its month",
        none_of(
            """SELECT coalesce(line.order_id, booked.order_id) || '/' || coalesce(line.line_no, booked.line_no), CASE
                WHEN booked.order_id IS NULL THEN 'paid and not booked'
                WHEN line.order_id IS NULL THEN 'booked and not paid'
                WHEN booked.times > 1 THEN 'booked ' || booked.times || ' times'
                ELSE 'booked with other particulars' END
            FROM (
                SELECT order_line.* FROM order_line
                JOIN paid ON paid.order_id = order_line.order_id AND NOT late
                WHERE order_line.amount_fen <> 0 AND NOT EXISTS (
                    SELECT FROM refunded WHERE (refunded.order_id, refunded.line_no) = (order_line.order_id, order_line.line_no))
            ) AS line
            FULL JOIN (
                SELECT order_id, line_no, count(*) AS times, sum(amount_fen) AS fen, min(member_id::text) AS member_id,
                    min(month) AS month, min(credit_owner::text) AS branch_id
                FROM standing WHERE entry = 'dues_paid' GROUP BY order_id, line_no
            ) AS booked ON booked.order_id = line.order_id AND booked.line_no = line.line_no
            WHERE booked.order_id IS NULL OR line.order_id IS NULL OR booked.times > 1
                OR (booked.fen, booked.member_id, booked.month, booked.branch_id) IS DISTINCT FROM
                   (line.amount_fen::numeric, line.member_id::text, line.month, line.branch_id::text)""",
            paid=PAID,
            standing=STANDING,
            refunded=REFUNDED,
        ),
    ),
    Invariant(
        "payment_booked_once",
        "each payment that was stored, and all cash confirmed, is in the ledger once, kept or promised back; nothing else is",
        none_of(
            """SELECT coalesce(payment.order_id, booked.order_id)::text,
                'paid ' || coalesce(payment.fen, 0) || ' fen, booked ' || coalesce(booked.fen, 0) || ' fen'
            FROM (SELECT order_id, sum(amount_fen) AS fen FROM paid GROUP BY order_id) AS payment
            FULL JOIN (
                SELECT order_id, sum(amount_fen) AS fen FROM standing
                WHERE entry IN ('dues_paid', 'extra_paid', 'late_payment', 'refund_promised') GROUP BY order_id
            ) AS booked ON booked.order_id = payment.order_id
            WHERE payment.fen IS DISTINCT FROM booked.fen""",
            paid=PAID,
            standing=STANDING,
        ),
    ),
    Invariant(
        "refund_booked_once",
        "each refund that was taken back is asked for once in the ledger, and sent once when it has succeeded; no other is",
        none_of(
            """SELECT coalesce(refund.order_id::text, booked.order_id), 'refund ' || coalesce(refund.state, 'none') || ' of '
                || coalesce(refund.amount_fen, 0) || ' fen, asked for ' || coalesce(booked.asked_fen, 0) || ', sent '
                || coalesce(booked.sent_fen, 0)
            FROM taken_back AS refund
            FULL JOIN (
                SELECT coalesce(standing.refund_id, late.refund_id) AS refund_id, min(standing.order_id::text) AS order_id,
                    coalesce(sum(standing.amount_fen) FILTER (WHERE entry <> 'refund_sent'), 0) AS asked_fen,
                    coalesce(sum(standing.amount_fen) FILTER (WHERE entry = 'refund_sent'), 0) AS sent_fen
                FROM standing LEFT JOIN refund AS late
                    ON late.order_id = standing.order_id AND late.refund_request_id IS NULL
                WHERE entry IN ('suspense_refund_asked', 'refund_promised', 'refund_sent')
                GROUP BY coalesce(standing.refund_id, late.refund_id)
            ) AS booked ON booked.refund_id = refund.refund_id
            WHERE refund.order_id IS NULL OR booked.refund_id IS NULL OR booked.asked_fen <> refund.amount_fen
                OR booked.sent_fen <> CASE WHEN refund.state = 'succeeded' THEN refund.amount_fen ELSE 0 END""",
            standing=STANDING,
            taken_back=TAKEN_BACK,
        ),
    ),
    Invariant(
        "account_not_below_zero",
        "no account is below zero on its normal side",
        none_of(
            """SELECT kind || '/' || owner, 'stands at ' || fen || ' fen' FROM (
                SELECT kind, owner, sum(debit_fen - credit_fen)
                    * CASE WHEN kind IN ('provider_clearing', 'cash', 'bank', 'remittance', 'spending') THEN 1 ELSE -1 END AS fen
                FROM side GROUP BY kind, owner
            ) AS account WHERE fen < 0""",
            side=SIDES,
        ),
    ),
    Invariant(
        "ledger_agrees_with_money",
        "over the whole ledger the accounts less payments, months and refunds come to zero",
        none_of(
            """WITH account AS (
                SELECT kind, sum(debit_fen - credit_fen) AS fen FROM side GROUP BY kind
            ), measured (what, fen) AS (
                SELECT 'the clearing account less payments and refunds sent',
                    (SELECT coalesce(sum(fen), 0) FROM account WHERE kind = 'provider_clearing')
                    - (SELECT coalesce(sum(amount_fen), 0) FROM provider_payment)
                    + (SELECT coalesce(sum(amount_fen), 0) FROM refund WHERE state = 'succeeded' AND channel <> 'cash')
                UNION ALL SELECT 'what the months have taken less dues income',
                    (SELECT coalesce(sum(fen), 0) FROM account WHERE kind = 'branch_dues_income')
                    + (SELECT coalesce(sum(paid_fen), 0) FROM obligation)
                UNION ALL SELECT 'refunds not yet sent less what is promised',
                    (SELECT coalesce(sum(fen), 0) FROM account WHERE kind = 'refunds_payable')
                    + (SELECT coalesce(sum(amount_fen), 0) FROM taken_back WHERE state <> 'succeeded')
            ) SELECT what, fen || ' fen' FROM measured WHERE fen <> 0""",
            side=SIDES,
            taken_back=TAKEN_BACK,
        ),
    ),
)
