"""The one statement that places an order: it reads what is owed, checks it, and writes request id, order and lines.

It takes only an order of opened months that the rules of ``domain.order`` take too, and takes it as they would. Whatever it does
not take it leaves untouched, without a word why: the ordinary way tells. So it may know less than the rules (months ahead are
theirs alone), never more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.chassis.at_once import CLAIM_PARAMETERS, Hand
from services.chassis.database import Statement
from services.contracts.values import YearMonth

_PARAMETERS = CLAIM_PARAMETERS | {
    "order_id": "uuid",
    "number": "text",
    "county": "text",
    "payer": "uuid",
    "members": "uuid[]",
    "months": "int[]",
    "expected": "bigint",
    "this_month": "int",
    "month_before": "int",
    "last_month": "int",
    "next_query_at": "timestamptz",
    "back_limit": "int",
    "expiry_minutes": "int",
}

# A month asks for money while its amount is not known or not paid; one of zero fen never does (domain.order).
_TEXT = """
WITH asked AS (
    SELECT line_no::int, member_id, month
    FROM unnest(:members, :months) WITH ORDINALITY AS a (member_id, month, line_no)
),
rules AS (
    SELECT coalesce((body ->> 'back_limit_months')::int, :back_limit) AS back_limit,
           coalesce((body ->> 'order_expiry_minutes')::int, :expiry_minutes) AS expiry_minutes,
           coalesce((body ->> 'on_behalf_needs_consent')::boolean, false) AS needs_consent
    FROM (SELECT 1) AS always LEFT JOIN LATERAL (
        SELECT body FROM rule_profile WHERE county_id = :county AND valid_from <= :this_month
        ORDER BY valid_from DESC, version DESC LIMIT 1
    ) AS newest ON true
),
people AS MATERIALIZED (
    SELECT m.member_id, m.name, wished.last_month
    FROM (SELECT member_id, max(month) AS last_month FROM asked GROUP BY member_id) AS wished
    JOIN member m ON m.member_id = wished.member_id
    JOIN member payer ON payer.member_id = :payer
    WHERE m.county_id = :county AND payer.county_id = :county
      AND (m.member_id = payer.member_id OR m.branch_id = payer.branch_id
           OR (m.household <> '' AND m.household = payer.household)
           OR EXISTS (SELECT FROM beneficiary b WHERE b.payer_id = payer.member_id AND b.member_id = m.member_id))
),
unpaid AS (
    SELECT count(*) FILTER (WHERE o.month <= p.last_month) AS up_to_last,
           count(*) FILTER (WHERE o.month < :this_month) AS back
    FROM people p JOIN obligation o ON o.member_id = p.member_id
    WHERE o.amount_fen IS NULL OR o.paid_fen < o.amount_fen
    GROUP BY p.member_id
),
owed AS MATERIALIZED (
    SELECT a.line_no, a.member_id, a.month, o.branch_id, o.amount_fen - o.paid_fen AS amount_fen, p.name
    FROM asked a JOIN people p ON p.member_id = a.member_id
    JOIN obligation o ON o.member_id = a.member_id AND o.month = a.month
    WHERE (o.paid_fen < o.amount_fen OR o.amount_fen = 0)
      AND NOT EXISTS (SELECT FROM order_line l WHERE l.live AND l.member_id = a.member_id AND l.month = a.month)
    ORDER BY a.member_id, a.month
    FOR NO KEY UPDATE OF o
),
claimed AS (
    INSERT INTO request (request_id, caller, method, content_hash, reply_sealed, at)
    SELECT :request_id, :caller, :method, :content_hash, :reply_sealed, :at FROM rules
    WHERE (SELECT count(*) FROM owed) = cardinality(:members)
      AND (SELECT sum(amount_fen) FROM owed) = :expected
      AND (SELECT sum(up_to_last) FROM unpaid) = (SELECT count(*) FROM owed WHERE amount_fen > 0)
      AND (SELECT max(back) FROM unpaid) <= rules.back_limit
      AND (NOT rules.needs_consent OR :payer = ALL (:members))
      AND (SELECT max(month) FROM dues_month WHERE county_id = :county AND state <> 'draft')
          >= greatest(:last_month, :month_before)
    ON CONFLICT DO NOTHING
    RETURNING at
),
placed AS (
    INSERT INTO orders (order_id, county_id, number, payer_id, total_fen, state, version, created_at, expires_at,
                        next_query_at, queries)
    SELECT :order_id, :county, :number, :payer, :expected, 'created', 1, at,
           at + make_interval(mins => rules.expiry_minutes), :next_query_at, 0
    FROM claimed, rules
    RETURNING order_id, expires_at
),
reserved AS (
    INSERT INTO order_line (order_id, line_no, member_id, month, branch_id, amount_fen, live)
    SELECT placed.order_id, owed.line_no, owed.member_id, owed.month, owed.branch_id, owed.amount_fen, true
    FROM owed, placed
    RETURNING line_no
)
SELECT owed.line_no, owed.amount_fen, owed.name, placed.expires_at
FROM owed JOIN reserved USING (line_no) CROSS JOIN placed ORDER BY owed.line_no
"""


PLACE_ORDER = Statement("place_order", _PARAMETERS, _TEXT)


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """A line that was reserved, with the beneficiary's name and until when the order holds it."""

    line_no: int
    amount_fen: int
    name: str
    expires_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """An order to be placed: its lines in their order, and the limits that hold where the county has none of its own."""

    order_id: str
    payer_id: str
    lines: Sequence[tuple[str, YearMonth]]
    expected_fen: int
    next_query_at: datetime
    back_limit: int
    expiry_minutes: int


def place(hand: Hand, wish: Wish) -> list[Placed]:
    """The lines, all of them, or none when the statement did not take the order."""
    values: tuple[Any, ...] = (
        *hand.claim(effect_id=wish.order_id),
        wish.order_id,
        wish.order_id.replace("-", ""),
        hand.caller.county_id,
        wish.payer_id,
        "{" + ",".join(member_id for member_id, _ in wish.lines) + "}",
        "{" + ",".join(str(month.number) for _, month in wish.lines) + "}",
        wish.expected_fen,
        hand.month.number,
        hand.month.plus(-1).number,
        max(month for _, month in wish.lines).number,
        wish.next_query_at,
        wish.back_limit,
        wish.expiry_minutes,
    )
    return [Placed(*row) for row in hand.run(PLACE_ORDER, values)]
