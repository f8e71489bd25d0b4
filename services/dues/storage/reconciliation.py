"""The tables of reconciliation for statements. ``migrations`` makes them; constraints and their reasons stand there."""

from __future__ import annotations

import sqlalchemy as sa

from services.dues.storage.tables import _at, _uuid, metadata

day_bill = sa.Table(
    "day_bill",
    metadata,
    _uuid("bill_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("day", sa.Date),
    sa.Column("source", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("file_key", sa.Text),
    sa.Column("file_sha256", sa.Text),
    sa.Column("file_size_bytes", sa.BigInteger),
    sa.Column("file_name", sa.Text),
    sa.Column("sha1", sa.Text),
    sa.Column("refusal", sa.Text),
    sa.Column("refusal_line", sa.Integer),
    _uuid("brought_by"),
    _at("created_at"),
    _at("finished_at"),
)

reconciliation = sa.Table(
    "reconciliation",
    metadata,
    sa.Column("county_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("tries", sa.Integer),
    _at("next_try_at"),
    sa.Column("failure", sa.Text),
    _uuid("bill_id"),
    sa.Column("bill_payments", sa.Integer),
    sa.Column("bill_payment_fen", sa.BigInteger),
    sa.Column("bill_refunds", sa.Integer),
    sa.Column("bill_refund_fen", sa.BigInteger),
    sa.Column("ledger_payments", sa.Integer),
    sa.Column("ledger_payment_fen", sa.BigInteger),
    sa.Column("matched", sa.Integer),
    _at("matched_at"),
)

bill_mark = sa.Table(
    "bill_mark",
    metadata,
    sa.Column("county_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("transaction_id", sa.Text, primary_key=True),
    sa.Column("refund_no", sa.Text, primary_key=True),
    sa.Column("amount_fen", sa.BigInteger),
    _at("happened_at"),
)

difference = sa.Table(
    "difference",
    metadata,
    _uuid("difference_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("day", sa.Date),
    sa.Column("kind", sa.Text),
    sa.Column("list", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("transaction_id", sa.Text),
    sa.Column("order_no", sa.Text),
    _uuid("order_id"),
    sa.Column("refund_no", sa.Text),
    sa.Column("bill_fen", sa.BigInteger),
    sa.Column("ledger_fen", sa.BigInteger),
    sa.Column("bill_state", sa.Text),
    sa.Column("ledger_state", sa.Text),
    _at("bill_at"),
    _at("ledger_at"),
    sa.Column("state", sa.Text),
    _at("noticed_at"),
    _at("seen_at"),
    sa.Column("reason", sa.Text),
    sa.Column("words", sa.Text),
    _uuid("resolved_by"),
    _at("resolved_at"),
)

difference_step = sa.Table(
    "difference_step",
    metadata,
    _uuid("step_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("difference_id"),
    sa.Column("step", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("words", sa.Text),
    _uuid("by_account"),
    _at("done_at"),
)
