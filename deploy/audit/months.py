"""What must hold of reported and settled months and of the decisions about members (BOOK-1, DUE-11, PAY-3)."""

from __future__ import annotations

from deploy.audit.invariant import Invariant, none_of

STANDING = "SELECT * FROM month_report WHERE returned_at IS NULL"
"""Reports that were not sent back."""

GONE_BACK = """SELECT obligation.branch_id, obligation.billed_in AS month, posting.amount_fen, posting.booked_at
    FROM posting JOIN obligation ON obligation.member_id = posting.member_id AND obligation.month = posting.month
    WHERE posting.entry = 'reversal'"""
"""What was given back of a month's collection, and when: after its report, that may be less paid than was reported."""

BILLED = """SELECT obligation.branch_id, obligation.billed_in AS month, count(DISTINCT obligation.member_id) AS members,
        coalesce(sum(amount_fen), 0) AS owed_fen, coalesce(sum(paid_fen), 0) AS paid_fen,
        count(DISTINCT obligation.member_id) FILTER (WHERE delay.delay_id IS NOT NULL) AS delayed
    FROM obligation LEFT JOIN delay ON delay.member_id = obligation.member_id AND delay.month = obligation.month
        AND delay.ended_at IS NULL
    WHERE NOT ahead GROUP BY obligation.branch_id, obligation.billed_in"""
"""A month's collection by branch, as its obligations and the delayed list say."""

INVARIANTS = (
    Invariant(
        "report_as_frozen",
        "each branch's report says what its obligations say: who owes, how much, who is delayed, and nothing missing beside",
        none_of(
            """SELECT report.org_id || '/' || report.month, 'reported ' || report.members || ' people, ' || report.owed_fen
                || ' fen, ' || report.delayed || ' delayed; there are ' || coalesce(now.members, 0) || ' people, '
                || coalesce(now.owed_fen, 0) || ' fen, ' || coalesce(now.delayed, 0) || ' delayed'
            FROM report LEFT JOIN billed AS now ON now.branch_id = report.org_id AND now.month = report.month
            WHERE report.level = 'branch' AND ((report.members, report.owed_fen, report.delayed)
                    IS DISTINCT FROM (now.members, now.owed_fen, now.delayed)
                OR report.paid_fen > now.paid_fen + (SELECT coalesce(sum(amount_fen), 0) FROM gone
                    WHERE gone.branch_id = report.org_id AND gone.month = report.month AND gone.booked_at >= report.reported_at)
                OR report.paid_fen + report.delayed_fen <> report.owed_fen)""",
            report=STANDING,
            billed=BILLED,
            gone=GONE_BACK,
        ),
    ),
    Invariant(
        "report_is_sum",
        "each committee's report and each settled month's is the sum of the branches' reports beneath it",
        none_of(
            """SELECT report.org_id || '/' || report.month, 'reported ' || report.owed_fen || ' fen of ' || report.members
                || ' people; beneath are ' || coalesce(sum(branch.owed_fen), 0) || ' fen of ' || coalesce(sum(branch.members), 0)
            FROM report LEFT JOIN report AS branch ON branch.month = report.month AND branch.level = 'branch'
                AND branch.org_path <@ report.org_path
            WHERE report.level <> 'branch'
            GROUP BY report.org_id, report.month, report.members, report.owed_fen, report.paid_fen, report.delayed,
                report.delayed_fen
            HAVING (report.members, report.owed_fen, report.paid_fen, report.delayed, report.delayed_fen)
                IS DISTINCT FROM (sum(branch.members), sum(branch.owed_fen), sum(branch.paid_fen), sum(branch.delayed),
                sum(branch.delayed_fen))""",
            report=STANDING,
        ),
    ),
    Invariant(
        "settled_month_whole",
        "each settled month has the county's report and one of every branch, and takes no money afterwards",
        none_of(
            """SELECT county_id || '/' || month, 'the state and the county''s report do not agree'
            FROM (SELECT county_id, month FROM dues_month WHERE state = 'settled') AS settled
            FULL JOIN (SELECT county_id, month, reported_at FROM report WHERE level = 'county') AS closing
                USING (county_id, month)
            WHERE closing.reported_at IS NULL OR NOT EXISTS (
                SELECT FROM dues_month WHERE dues_month.county_id = closing.county_id AND dues_month.month = closing.month
                AND state = 'settled')
            UNION ALL
            SELECT billed.branch_id || '/' || billed.month, 'settled without its report'
            FROM billed JOIN report AS closing ON closing.month = billed.month AND closing.level = 'county'
            WHERE NOT EXISTS (SELECT FROM report WHERE report.org_id = billed.branch_id AND report.month = billed.month)
            UNION ALL
            SELECT posting_id::text, 'booked in ' || booked_month || ', which was settled before'
            FROM posting JOIN report AS closing ON closing.county_id = posting.county_id AND closing.month = booked_month
            WHERE closing.level = 'county' AND booked_at > closing.reported_at""",
            report=STANDING,
            billed=BILLED,
        ),
    ),
    Invariant(
        "delay_of_what_is_owed",
        "each month on the delayed list is owed, to that branch and in that month's collection",
        none_of(
            """SELECT delay.member_id || '/' || delay.month,
                CASE WHEN obligation.amount_fen IS NULL THEN 'not owed' ELSE 'owed otherwise' END
            FROM delay LEFT JOIN obligation ON obligation.member_id = delay.member_id AND obligation.month = delay.month
            WHERE ended_at IS NULL AND (obligation.amount_fen IS NULL OR (obligation.branch_id, obligation.billed_in)
                <> (delay.branch_id, delay.billed_in))"""
        ),
    ),
    Invariant(
        "relief_as_decided",
        "each lowered month rests on a relief that two persons decided and that covers it, and is as low as that, or as was paid",
        none_of(
            """SELECT obligation.member_id || '/' || obligation.month, CASE
                WHEN relief.relief_id IS NULL THEN 'rests on no relief'
                WHEN relief.state <> 'approved' OR relief.answered_by = relief.entered_by THEN 'was not decided by two'
                WHEN NOT obligation.month BETWEEN relief.from_month AND relief.holds_to THEN 'lies outside the period'
                ELSE 'is ' || coalesce(amount_fen::text, 'nothing') || ' fen' END
            FROM obligation
            LEFT JOIN relief ON relief.relief_id = obligation.relief_id AND relief.member_id = obligation.member_id
            WHERE obligation.relief_id IS NOT NULL AND (relief.relief_id IS NULL OR relief.state <> 'approved'
                OR relief.answered_by = relief.entered_by
                OR NOT obligation.month BETWEEN relief.from_month AND relief.holds_to
                OR amount_fen > full_fen OR amount_fen < least(full_fen, monthly_fen)
                OR (amount_fen > greatest(least(full_fen, monthly_fen), paid_fen)
                    AND NOT month_closed(obligation.county_id, obligation.branch_id, obligation.billed_in)))"""
        ),
    ),
)
