"""Checks every invariant on the services' databases, and on the provider's books where they are at hand.

Reads only, in one snapshot of each database, so that it may look while the platform works. ``at_rest`` says that nothing is
under way any more: then what waits is a breach as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import sqlalchemy as sa

from deploy.audit import arrears, between, books, cash, months, orders, passed_up, receipts, refunds, spending, trail
from deploy.audit.invariant import DatabaseUrls, Found, Invariant, Taken, Verdict
from services.chassis.database import Database
from services.contracts.topology import LISTENERS, SERVICES

__all__ = ["DatabaseUrls", "Taken", "Verdict", "check_all"]

DUES = (
    *books.INVARIANTS,
    *orders.INVARIANTS,
    *refunds.INVARIANTS,
    *receipts.INVARIANTS,
    *cash.INVARIANTS,
    *months.INVARIANTS,
    *arrears.INVARIANTS,
    *passed_up.INVARIANTS,
    *spending.INVARIANTS,
)
CONNECTIONS = 2
"""The looks that stand open at once on one database."""


def check_all(urls: DatabaseUrls, taken: Iterable[Taken] | None, *, at_rest: bool = False) -> list[Verdict]:
    """One verdict for each invariant. ``taken`` is read only when it is wanted, so it may ask a running provider; None where
    there are no books of a provider to compare with."""
    databases = {
        name: Database(getattr(urls, name), name="audit", pool_size=CONNECTIONS, slow=True) for name in SERVICES
    }
    try:
        verdicts = _within(databases, at_rest) + _between(databases, at_rest)
        if taken is not None:
            verdicts.append(_taken(databases["dues"], taken, at_rest))
        return verdicts
    finally:
        for database in databases.values():
            database.close()


def invariants_of(service: str, *, at_rest: bool) -> tuple[Invariant, ...]:
    if service == "dues":
        return (*DUES, *trail.invariants(at_rest=at_rest, effects=trail.DUES_EFFECTS))
    return trail.invariants(at_rest=at_rest)


def _within(databases: dict[str, Database], at_rest: bool) -> list[Verdict]:
    verdicts = []
    for service, database in databases.items():
        with database.snapshot() as db:
            verdicts += [
                Verdict(service, one.name, one.holds_that, one.check(db))
                for one in invariants_of(service, at_rest=at_rest)
            ]
    return verdicts


def _between(databases: dict[str, Database], at_rest: bool) -> list[Verdict]:
    pairs = [(to, of) for to, keys in LISTENERS.items() for of in sorted({key.partition(".")[0] for key in keys})]
    return [verdict for to, of in pairs for verdict in _told_between(databases, to, of, at_rest)]


def _told_between(databases: dict[str, Database], listener: str, publisher: str, at_rest: bool) -> Iterator[Verdict]:
    hearing, telling = databases[between.database_of(listener)], databases[publisher]
    heard = _looked_at(hearing, telling, partial(between.heard_of_nothing_untold, publisher=publisher))
    yield Verdict(listener, "inbox_within_outbox", f"all that {listener} has heard of {publisher} was told", heard)
    if at_rest:
        told = _looked_at(telling, hearing, partial(between.told_and_heard, listener=listener, publisher=publisher))
        yield Verdict(listener, "told_and_heard", f"all that {publisher} has told {listener} was heard", told)


def _looked_at(first: Database, then: Database, compare: Callable[[sa.Connection, sa.Connection], Found]) -> Found:
    """Two looks, the second later: what the first one sees has its cause in the second."""
    with first.snapshot() as earlier:
        earlier.execute(sa.text("SELECT 1"))  # a snapshot is taken by the first statement, not by BEGIN
        with then.snapshot() as later:
            return compare(earlier, later)


def _taken(dues: Database, taken: Iterable[Taken], at_rest: bool) -> Verdict:
    with dues.snapshot() as earlier:
        earlier.execute(sa.text("SELECT 1"))
        books_now = list(taken)
        with dues.snapshot() as later:
            found = between.taken_is_booked(earlier, later, books_now, at_rest=at_rest)
    return Verdict(
        "dues",
        "taken_is_booked",
        "each fen that the provider took is in the ledger once or on the exceptions list",
        found,
    )
