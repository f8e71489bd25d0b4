"""The tables of totals and of their comparison, for statements. ``migrations`` makes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.dues.storage.tables import metadata

collection_total = sa.Table(
    "collection_total",
    metadata,
    sa.Column("county_id", sa.Text),
    sa.Column("branch_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("booked_month", sa.Integer, primary_key=True),
    sa.Column("paid_month", sa.Integer, primary_key=True),
    sa.Column("member_class", sa.Text, primary_key=True),
    sa.Column("on_behalf", sa.Boolean, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("payments", sa.BigInteger),
    sa.Column("amount_fen", sa.BigInteger),
)

owed_total = sa.Table(
    "owed_total",
    metadata,
    sa.Column("county_id", sa.Text),
    sa.Column("branch_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("month", sa.Integer, primary_key=True),
    sa.Column("member_class", sa.Text, primary_key=True),
    sa.Column("members", sa.BigInteger),
    sa.Column("exempt", sa.BigInteger),
    sa.Column("unassessed", sa.BigInteger),
    sa.Column("paid_members", sa.BigInteger),
    sa.Column("owed_fen", sa.BigInteger),
    sa.Column("paid_fen", sa.BigInteger),
)

totals_check = sa.Table(
    "totals_check",
    metadata,
    sa.Column("county_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("checked_at", sa.DateTime(timezone=True)),
    sa.Column("differences", sa.BigInteger),
)

totals_difference = sa.Table(
    "totals_difference",
    metadata,
    sa.Column("difference_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("branch_id", pg.UUID(as_uuid=False)),
    sa.Column("month", sa.Integer),
    sa.Column("member_class", sa.Text),
    sa.Column("kept_fen", sa.BigInteger),
    sa.Column("true_fen", sa.BigInteger),
    sa.Column("kept_count", sa.BigInteger),
    sa.Column("true_count", sa.BigInteger),
    sa.Column("found_at", sa.DateTime(timezone=True)),
)
