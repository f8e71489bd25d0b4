"""The tables of spending, for statements. ``migrations`` makes them; constraints and their reasons stand there."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.sealed import SealedColumn
from services.dues.storage.month_tables import _at, _fen, _text, _uuid, _whole
from services.dues.storage.tables import metadata

PAYEE = SealedColumn("spending.payee_sealed")
PURPOSE = SealedColumn("spending.purpose_sealed")

spending_box = sa.Table(
    "spending_box",
    metadata,
    _uuid("org_id", primary_key=True),
    *(_text("county_id"), _fen("held_fen")),
)

spending = sa.Table(
    "spending",
    metadata,
    _uuid("spending_id", primary_key=True),
    *(_text("county_id"), _uuid("org_id"), _text("spending_class"), _fen("amount_fen"), sa.Column("spent_on", sa.Date)),
    *(sa.Column("payee_sealed", sa.LargeBinary), sa.Column("purpose_sealed", sa.LargeBinary), _text("voucher_number")),
    *(_text("deciding_body"), sa.Column("decided_on", sa.Date), _text("state"), _whole("year")),
    *(_uuid("recorded_by"), _uuid("recorded_by_member"), _text("recorded_by_path"), _at("recorded_at")),
    *(_uuid("answered_by"), _uuid("answered_by_member"), _text("answered_by_path"), _at("answered_at")),
    *(_whole("booked_month"), _uuid("posting_id")),
    *(_uuid("reversed_by"), _uuid("reversed_by_member"), _text("reversed_by_path"), _at("reversed_at")),
    *(_uuid("reversal_id"), _text("reason")),
)
