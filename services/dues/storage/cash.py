"""The tables of cash and of extras for the centre. ``migrations`` makes them; constraints and their reasons stand there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.dues.storage.tables import metadata


def _uuid(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, pg.UUID(as_uuid=False), **options)


def _at(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True))


cash_taking = sa.Table(
    "cash_taking",
    metadata,
    _uuid("taking_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("branch_id"),
    sa.Column("state", sa.Text),
    sa.Column("total_fen", sa.BigInteger),
    sa.Column("extra_fen", sa.BigInteger),
    sa.Column("people", sa.Integer),
    sa.Column("months", sa.Integer),
    _uuid("taken_by"),
    sa.Column("taken_by_name", sa.Text),
    _at("taken_at"),
    _uuid("decided_by"),
    sa.Column("decided_by_name", sa.Text),
    _at("decided_at"),
    sa.Column("reason", sa.Text),
)

cash_box = sa.Table(
    "cash_box",
    metadata,
    _uuid("branch_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("held_fen", sa.BigInteger),
    sa.Column("promised_fen", sa.BigInteger),
    sa.Column("banked_fen", sa.BigInteger),
)

cash_deposit = sa.Table(
    "cash_deposit",
    metadata,
    _uuid("deposit_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("branch_id"),
    sa.Column("state", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("banked_on", sa.Date),
    sa.Column("slip_number", sa.Text),
    _uuid("handed_in_by"),
    sa.Column("handed_in_by_name", sa.Text),
    _at("handed_in_at"),
    sa.Column("statement_fen", sa.BigInteger),
    sa.Column("statement_slip", sa.Text),
    _uuid("decided_by"),
    sa.Column("decided_by_name", sa.Text),
    _at("decided_at"),
    sa.Column("reason", sa.Text),
)

centre_extra = sa.Table(
    "centre_extra",
    metadata,
    _uuid("order_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("member_id"),
    _uuid("branch_id"),
    sa.Column("member_name", sa.Text),
    sa.Column("branch_name", sa.Text),
    sa.Column("member_class", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("paid_on", sa.Date),
    sa.Column("state", sa.Text),
    _at("passed_on_at"),
    sa.Column("centre_receipt", sa.Text),
    _at("receipted_at"),
)
