"""What is left when the faults are over: waits until nothing is under way, then lets the checker judge.

The evidence is the databases and the simulator's own books. Owns how long is waited and what still counts as under way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

import psycopg2

from deploy.audit.checker import DatabaseUrls, Taken, Verdict, check_all
from tests.faults.injector import ask_control

SETTLED_WITHIN_S = 60.0
POLL_S = 0.5
TELL_EVERY_S = 5.0
MAX_PAGES = 1_000
DUES_WAITS = {
    "orders being paid": """SELECT count(*) FROM orders WHERE state IN ('created', 'paying') AND number = ANY(%(taken)s)
        AND NOT EXISTS (SELECT FROM payment_exception WHERE payment_exception.order_id = orders.order_id)""",
    "late money not noticed": """SELECT count(*) FROM orders WHERE state IN ('closed', 'failed') AND number = ANY(%(taken)s)
        AND NOT EXISTS (SELECT FROM payment_exception WHERE payment_exception.order_id = orders.order_id)""",
    "notices to settle": "SELECT count(*) FROM payment_notice WHERE outcome IS NULL",
    "refunds": "SELECT count(*) FROM refund WHERE state IN ('requested', 'processing')",
}
WAITS = {
    "events to tell": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    "audit entries to chain": "SELECT count(*) FROM audit WHERE chain_position IS NULL",
}
UNHEARD = """SELECT event_id::text FROM outbox
    WHERE type IN ('dues.order_settled', 'dues.refund_approved', 'dues.refund_refused', 'dues.order_refunded')"""


def taken_by(settings: Mapping[str, str]) -> list[Taken]:
    """What the simulator took, from its own books."""
    return list(_pages(settings))


def _pages(settings: Mapping[str, str]) -> Iterator[Taken]:
    after = ""
    for _ in range(MAX_PAGES):
        page: Any = ask_control(settings, "GET", f"payments?after={quote(after)}")
        for one in page["items"]:
            yield Taken(one["order_no"], one["transaction_id"], one["paid_fen"])
        after = page["next_after"] or ""
        if not after:
            return
    raise RuntimeError(f"more than {MAX_PAGES} pages of payments")


def under_way(settings: Mapping[str, str], taken: list[Taken]) -> dict[str, int]:
    """What waits still, by name; empty when everything has come to its end."""
    found: dict[str, int] = {}
    told: dict[str, set[str]] = {}
    for service in ("dues", "members"):
        statements = WAITS | (DUES_WAITS if service == "dues" else {})
        url = settings[f"{service.upper()}_DATABASE_URL"]
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            for name, statement in statements.items():
                cursor.execute(statement, {"taken": [one.order_no for one in taken]})
                found[f"{name} ({service})"] = cursor.fetchone()[0]
            cursor.execute(UNHEARD if service == "dues" else "SELECT event_id::text FROM inbox")
            told[service] = {row[0] for row in cursor.fetchall()}
    found["events to hear (members)"] = len(told["dues"] - told["members"])
    return {name: count for name, count in found.items() if count}


def wait_until_settled(
    settings: Mapping[str, str], since: float, payers: Callable[[], int], say: Callable[[str], None]
) -> tuple[float, dict[str, int]]:
    """Seconds from ``since`` (monotonic) until nothing was under way, and what still is when the time is over."""
    told_at = since
    while True:
        waiting = under_way(settings, taken_by(settings))
        if asking := payers():
            waiting["payers who do not know yet"] = asking
        now = time.monotonic()
        if not waiting or now - since > SETTLED_WITHIN_S:
            return now - since, waiting
        if now - told_at > TELL_EVERY_S:
            told_at = now
            say(", ".join(f"{count} {name}" for name, count in waiting.items()))
        time.sleep(POLL_S)


def judge(settings: Mapping[str, str], taken: list[Taken]) -> list[Verdict]:
    urls = DatabaseUrls(dues=settings["DUES_DATABASE_URL"], members=settings["MEMBERS_DATABASE_URL"])
    return check_all(urls, taken, at_rest=True)


def sums(settings: Mapping[str, str], taken: list[Taken]) -> dict[str, int]:
    """The figures that people ask for first: lost and doubled payments, and what the books are out by."""
    with closing(psycopg2.connect(settings["DUES_DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT transaction_id FROM provider_payment UNION SELECT transaction_id FROM payment_exception")
        known = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT count(*) FROM (SELECT member_id, month FROM posting p WHERE entry = 'dues_paid' AND NOT EXISTS "
            "(SELECT FROM posting r WHERE r.reverses = p.posting_id) GROUP BY 1, 2 HAVING count(*) > 1) AS twice"
        )
        doubled = cursor.fetchone()[0]
        cursor.execute(
            "SELECT coalesce(sum(CASE WHEN debit_kind = 'provider_clearing' THEN amount_fen ELSE 0 END) - "
            "sum(CASE WHEN credit_kind = 'provider_clearing' THEN amount_fen ELSE 0 END), 0)::bigint FROM posting"
        )
        cleared = cursor.fetchone()[0]
        cursor.execute(
            "SELECT coalesce((SELECT sum(amount_fen) FROM provider_payment), 0)::bigint - "
            "coalesce((SELECT sum(amount_fen) FROM refund WHERE state = 'succeeded'), 0)::bigint"
        )
        kept = cursor.fetchone()[0]
    return {
        "taken": len(taken),
        "lost": sum(1 for one in taken if one.transaction_id not in known),
        "doubled": doubled,
        "imbalance_fen": cleared - kept,
    }
