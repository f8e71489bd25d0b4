"""The tables of remittance, for statements. ``migrations`` makes them; constraints and their reasons stand there."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.dues.storage.tables import metadata

remittance_counter = sa.Table(
    "remittance_counter",
    metadata,
    sa.Column("org_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last_number", sa.Integer),
)

remittance = sa.Table(
    "remittance",
    metadata,
    sa.Column("remittance_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("from_org", pg.UUID(as_uuid=False)),
    sa.Column("to_org", pg.UUID(as_uuid=False)),
    sa.Column("booked_month", sa.Integer),
    sa.Column("year", sa.Integer),
    sa.Column("running_number", sa.Integer),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("cash_fen", sa.BigInteger),
    sa.Column("state", sa.Text),
    sa.Column("made_by", pg.UUID(as_uuid=False)),
    sa.Column("made_at", sa.DateTime(timezone=True)),
    sa.Column("arrived_by", pg.UUID(as_uuid=False)),
    sa.Column("arrived_at", sa.DateTime(timezone=True)),
    sa.Column("posting_id", pg.UUID(as_uuid=False)),
    sa.Column("made_by_name", sa.Text),
    sa.Column("arrived_by_name", sa.Text),
)
