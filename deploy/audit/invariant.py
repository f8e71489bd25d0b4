"""What an invariant is, and what became of checking it.

An invariant is a statement that finds the rows which break it, so that it works the same on ten rows and on a million. Owns
the shapes and the running of a statement; the statements themselves stand by subject in the modules beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

MOST_SHOWN = 20
"""Breaches that a verdict names; the others are counted."""


class DatabaseUrls(NamedTuple):
    """Where the services' databases are: ``postgresql://user:password@host:port/name``."""

    dues: str
    members: str


class Taken(NamedTuple):
    """A payment as the provider's own books have it."""

    order_no: str
    transaction_id: str
    paid_fen: int


class Breach(NamedTuple):
    """What is wrong with which row."""

    subject: str
    told: str


class Found(NamedTuple):
    """Breaches, the first ones by name; ``note`` tells of what is no breach and worth a line."""

    breaches: tuple[Breach, ...] = ()
    total: int = 0
    note: str = ""


class Verdict(NamedTuple):
    """What became of one invariant on one database."""

    database: str
    name: str
    holds_that: str
    found: Found

    @property
    def holds(self) -> bool:
        return self.found.total == 0


class Invariant(NamedTuple):
    name: str
    holds_that: str
    """The sentence that is true of sound data."""
    check: Callable[[sa.Connection], Found]


def none_of(breaking: str, **given: str) -> Callable[[sa.Connection], Found]:
    """The check that a statement finds nothing. It selects a text of which row, and a text of what is wrong with it; ``given``
    are statements that it may select from by name."""
    named = ", ".join(f"{name} AS ({statement})" for name, statement in given.items())
    wrapped = sa.text(
        f"{'WITH ' if named else ''}{named} SELECT coalesce(subject, 'a row that names nothing'), told, count(*) OVER () "  # noqa: S608 (all of it our own text)
        f"FROM ({breaking}) AS breaking (subject, told) ORDER BY 1, 2 LIMIT :most"
    )

    def check(db: sa.Connection) -> Found:
        rows = db.execute(wrapped, {"most": MOST_SHOWN}).all()
        return Found(tuple(Breach(row[0], row[1]) for row in rows), rows[0][2] if rows else 0)

    return check


def found(breaches: list[Breach], note: str = "") -> Found:
    return Found(tuple(breaches[:MOST_SHOWN]), len(breaches), note)
