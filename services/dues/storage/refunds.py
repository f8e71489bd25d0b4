"""The tables of refunds that somebody asks for. ``migrations/0006_refunds`` makes them; the money on its way is ``refund``."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.dues.storage.tables import metadata

refund_request = sa.Table(
    "refund_request",
    metadata,
    sa.Column("refund_request_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("order_id", pg.UUID(as_uuid=False)),
    sa.Column("state", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("words", sa.Text),
    sa.Column("by_payer", sa.Boolean),
    sa.Column("asked_by_account", pg.UUID(as_uuid=False)),
    sa.Column("asked_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by_account", pg.UUID(as_uuid=False)),
    sa.Column("decided_words", sa.Text),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
)

refund_line = sa.Table(
    "refund_line",
    metadata,
    sa.Column("refund_request_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("line_no", sa.Integer, primary_key=True),
    sa.Column("order_id", pg.UUID(as_uuid=False)),
    sa.Column("county_id", sa.Text),
    sa.Column("stands", sa.Boolean),
)
