"""Rows handed to a statement as arrays, so that many are one statement with a text that stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.dues.domain.order import OrderLine


def unnested(lines: Sequence[OrderLine], name: str) -> sa.Subquery:
    """Order lines as rows: line_no, member_id, month, amount_fen."""
    columns: dict[str, tuple[list[Any], Any]] = {
        "line_no": ([line.line_no for line in lines], sa.Integer()),
        "member_id": ([line.member_id for line in lines], pg.UUID(as_uuid=False)),
        "month": ([line.month.number for line in lines], sa.Integer()),
        "amount_fen": ([line.amount_fen for line in lines], sa.BigInteger()),
    }
    return sa.select(
        *(
            sa.func.unnest(sa.cast(sa.literal(values, pg.ARRAY(kind)), pg.ARRAY(kind)), type_=kind).label(column)
            for column, (values, kind) in columns.items()
        )
    ).subquery(name)
