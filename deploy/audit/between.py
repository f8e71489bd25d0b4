"""What must hold between two books that no statement can join: a listener's inbox and the publisher's outbox, the payment
provider's books and ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import sqlalchemy as sa

from deploy.audit.invariant import Breach, Found, Taken, found
from services.contracts.topology import LISTENERS

CHUNK = 10_000
"""Rows compared by one statement."""


def database_of(listener: str) -> str:
    return listener.removesuffix("-jobs")


def _chunks(rows: Iterable[tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _streamed(db: sa.Connection, statement: str, parameters: dict[str, object]) -> Iterator[tuple[str, ...]]:
    for row in db.execution_options(stream_results=True, max_row_buffer=CHUNK).execute(sa.text(statement), parameters):
        yield tuple(row)


def heard_of_nothing_untold(listener_db: sa.Connection, publisher_db: sa.Connection, publisher: str) -> Found:
    """Each entry of the inbox is an event of the publisher's outbox, of the same type. The publisher is looked at later."""
    missing: list[Breach] = []
    heard = "SELECT event_id::text, type, listener FROM inbox WHERE type LIKE :types ORDER BY event_id"
    for chunk in _chunks(_streamed(listener_db, heard, {"types": f"{publisher}.%"})):
        known = publisher_db.execute(
            sa.text("SELECT event_id::text, type FROM outbox WHERE event_id = ANY(CAST(:ids AS uuid[]))"),
            {"ids": [row[0] for row in chunk]},
        )
        told = {(row[0], row[1]) for row in known}
        missing += [Breach(row[0], f"{row[2]} heard {row[1]}, nobody told it") for row in chunk if row[:2] not in told]
    return found(missing)


def told_and_heard(publisher_db: sa.Connection, listener_db: sa.Connection, listener: str, publisher: str) -> Found:
    """Each published event is in the inbox of each of its listeners: with nothing under way, what is not was lost."""
    types = [key for key in LISTENERS[listener] if key.startswith(f"{publisher}.")]
    lost: list[Breach] = []
    published = """SELECT event_id::text, type FROM outbox
        WHERE published_at IS NOT NULL AND type = ANY(:types) ORDER BY event_id"""
    for chunk in _chunks(_streamed(publisher_db, published, {"types": types})):
        known = listener_db.execute(
            sa.text(
                "SELECT event_id::text FROM inbox WHERE listener = :listener AND event_id = ANY(CAST(:ids AS uuid[]))"
            ),
            {"listener": listener, "ids": [row[0] for row in chunk]},
        )
        heard = set(known.scalars())
        lost += [
            Breach(row[0], f"{row[1]} was told and {listener} never heard it") for row in chunk if row[0] not in heard
        ]
    return found(lost)


def taken_is_booked(earlier: sa.Connection, later: sa.Connection, taken: Iterable[Taken], *, at_rest: bool) -> Found:
    """Each payment the provider took is stored with its order and amount, or on the exceptions list; and none of ours is
    unknown to him.

    ``taken`` is read between two looks at the database: ``earlier`` knows nothing that the provider does not, ``later``
    everything that he told. A payment of an order that still awaits money is on its way, unless all is ``at_rest``.
    """
    seen: set[str] = set()
    wrong: list[Breach] = []
    on_the_way = 0
    for chunk in _chunks((one.transaction_id, one.order_no, str(one.paid_fen)) for one in taken):
        repeated = [row for row in chunk if row[0] in seen]
        wrong += [Breach(row[0], "stands twice in the provider's books") for row in repeated]
        seen.update(row[0] for row in chunk)
        for transaction_id, told, awaited in _unbooked(later, chunk):
            if awaited and not at_rest:
                on_the_way += 1
            else:
                wrong.append(Breach(transaction_id, told))
    ours = _streamed(earlier, "SELECT transaction_id, amount_fen::text FROM provider_payment", {})
    wrong += [Breach(row[0], f"{row[1]} fen that the provider never took") for row in ours if row[0] not in seen]
    return found(wrong, f"{on_the_way} payments are on their way" if on_the_way else "")


def _unbooked(db: sa.Connection, chunk: Sequence[tuple[str, ...]]) -> list[tuple[str, str, bool]]:
    statement = sa.text(
        """SELECT taken.transaction_id, CASE
            WHEN payment.transaction_id IS NOT NULL
                THEN 'taken ' || taken.fen || ' fen for ' || taken.number || ', stored as ' || payment.amount_fen
                    || ' fen for ' || credited.number
            ELSE 'taken ' || taken.fen || ' fen for ' || taken.number || ', neither stored nor an exception' END,
            coalesce(orders.state IN ('created', 'paying', 'closed', 'failed') AND payment.transaction_id IS NULL, false)
        FROM unnest(CAST(:transactions AS text[]), CAST(:numbers AS text[]), CAST(:fens AS bigint[]))
            AS taken (transaction_id, number, fen)
        LEFT JOIN orders ON orders.number = taken.number
        LEFT JOIN provider_payment AS payment ON payment.transaction_id = taken.transaction_id
        LEFT JOIN orders AS credited ON credited.order_id = payment.order_id
        WHERE (payment.amount_fen, credited.number) IS DISTINCT FROM (taken.fen, taken.number)
            AND (payment.transaction_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM payment_exception WHERE payment_exception.transaction_id = taken.transaction_id))
        ORDER BY taken.transaction_id"""
    )
    transactions, numbers, fens = zip(*chunk, strict=True)
    rows = db.execute(
        statement, {"transactions": list(transactions), "numbers": list(numbers), "fens": [int(fen) for fen in fens]}
    )
    return [(row[0], row[1], row[2]) for row in rows]
