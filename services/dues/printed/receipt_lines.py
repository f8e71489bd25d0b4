"""Receipts taken apart by the months that they pay: what the record and the register print. Void receipts pay nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.chassis.clock import shanghai
from services.chassis.work import Work
from services.contracts.values import YearMonth
from services.dues.domain.receipt import printed_number
from services.dues.storage.tables import receipt

MAX_RECEIPTS = 2_000
"""Of a page of 100 members: each has at most a receipt a month, and some for earlier years."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One month on one receipt."""

    member_id: str
    month: YearMonth
    amount_fen: int
    paid_on: date
    number: str
    collector: str
    on_behalf: bool
    simulated: bool


def read_lines(work: Work, member_ids: Sequence[str], year: int) -> list[ReceiptLine]:
    """What these members' receipts say of a year, the oldest first. Who may read them has been checked by the caller of this."""
    c = receipt.c
    first, last = date(year - 1, 1, 1), date(year + 2, 1, 1)
    statement = sa.select(receipt).where(
        c.county_id == work.caller.county_id,
        c.member_id.in_(member_ids),
        sa.not_(c.void),
        # Paid ahead or late, a month of the year stands on a receipt of the year before, of it, or of the year after.
        c.issued_at.between(first, last),
    )
    rows = work.db.execute(statement.order_by(c.receipt_id).limit(MAX_RECEIPTS)).all()
    return sorted((line for row in rows for line in _lines(row, year)), key=lambda line: (line.month, line.paid_on))


def _lines(row: Any, year: int) -> Iterator[ReceiptLine]:
    for number, amount_fen in row.months:
        month = YearMonth.from_number(number)
        if month.year == year:
            yield ReceiptLine(
                member_id=row.member_id,
                month=month,
                amount_fen=amount_fen,
                paid_on=shanghai(row.issued_at).date(),
                number=printed_number(row.number),
                collector=row.collector_name or row.branch_name,
                on_behalf=row.payer_id != row.member_id,
                simulated=row.simulated,
            )
