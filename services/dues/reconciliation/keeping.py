"""What a match found, kept on the work list: met again it does not double, and what a person said of it is not forgotten."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from services.dues.domain.reconciliation import LIST_OF
from services.dues.reconciliation.matching import BillDay

_LISTS = ", ".join(f"('{kind.value}', '{where.value}')" for kind, where in LIST_OF.items())
_STAYS = """difference.state = 'resolved' AND (difference.order_id, difference.bill_fen, difference.ledger_fen,
        difference.bill_state, difference.ledger_state) IS NOT DISTINCT FROM (excluded.order_id, excluded.bill_fen,
        excluded.ledger_fen, excluded.bill_state, excluded.ledger_state)"""
_KEEP = sa.text(f"""
INSERT INTO difference (county_id, day, kind, list, subject, transaction_id, order_no, order_id, refund_no, bill_fen, ledger_fen,
                        bill_state, ledger_state, bill_at, ledger_at, state, noticed_at, seen_at)
SELECT DISTINCT ON (found.kind, found.subject)
       :county, :day, found.kind, lists.list, found.subject, transaction_id, order_no, order_id, refund_no, bill_fen, ledger_fen,
       bill_state, ledger_state, bill_at, ledger_at, 'open', :now, :now
FROM (SELECT *, CASE WHEN refund_no <> '' THEN refund_no ELSE transaction_id END AS subject FROM bill_difference) AS found
JOIN (VALUES {_LISTS}) AS lists (kind, list) ON lists.kind = found.kind
ORDER BY found.kind, found.subject, line_no
ON CONFLICT ON CONSTRAINT difference_once DO UPDATE SET
    list = excluded.list, order_no = excluded.order_no, order_id = excluded.order_id, bill_fen = excluded.bill_fen,
    ledger_fen = excluded.ledger_fen, bill_state = excluded.bill_state, ledger_state = excluded.ledger_state,
    bill_at = excluded.bill_at, ledger_at = excluded.ledger_at, seen_at = excluded.seen_at,
    noticed_at = CASE WHEN difference.state = 'open' OR {_STAYS} THEN difference.noticed_at ELSE excluded.noticed_at END,
    state = CASE WHEN {_STAYS} THEN 'resolved' ELSE 'open' END,
    reason = CASE WHEN {_STAYS} THEN difference.reason ELSE '' END,
    words = CASE WHEN {_STAYS} THEN difference.words ELSE '' END,
    resolved_by = CASE WHEN {_STAYS} THEN difference.resolved_by END,
    resolved_at = CASE WHEN {_STAYS} THEN difference.resolved_at END
""")  # noqa: S608  # the names are our own kinds and lists
_GONE = sa.text("""
UPDATE difference SET state = 'gone', seen_at = :now
WHERE county_id = :county AND day = :day AND state = 'open'
  AND NOT EXISTS (SELECT FROM bill_difference AS found WHERE found.kind = difference.kind
                  AND found.transaction_id = difference.transaction_id AND found.refund_no = difference.refund_no)
""")
_FOUND_ELSEWHERE = sa.text("""
-- What an earlier match missed in its own bill stands in this one.
UPDATE difference SET state = 'gone', seen_at = :now
FROM bill_row AS line
WHERE difference.county_id = :county AND difference.day <> :day AND difference.state = 'open'
  AND difference.list = 'only_in_ledger' AND line.refund_no = difference.refund_no
  AND (line.transaction_id = difference.transaction_id OR line.refund_no <> '')
""")


def keep(db: sa.Connection, of: BillDay, now: datetime) -> None:
    """The differences of ``bill_difference`` as the day's: new ones open, known ones brought up to date, others gone.

    What was resolved stays so unless it says something else than when it was resolved.
    """
    values = {"county": of.county_id, "day": of.day, "now": now}
    db.execute(_KEEP, values)
    db.execute(_GONE, values)
    db.execute(_FOUND_ELSEWHERE, values)
