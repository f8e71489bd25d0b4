"""The tables of the arrears ladder for statements; ``migrations/0008_arrears.py`` makes them and says why."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.sealed import SealedColumn
from services.dues.storage.tables import _at, _uuid, metadata

WORDS = SealedColumn("arrears_reason.words_sealed")

member_account = sa.Table(
    "member_account",
    metadata,
    _uuid("member_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("branch_id"),
    sa.Column("owed_fen", sa.BigInteger),
    sa.Column("owed_months", sa.Integer),
    sa.Column("unpaid_run", sa.Integer),
    sa.Column("unexcused_run", sa.Integer),
    sa.Column("since_month", sa.Integer),
    sa.Column("step", sa.Text),
    sa.Column("as_of", sa.Integer),
    sa.Column("changes_on", sa.Date),
    sa.Column("version", sa.BigInteger),
    _at("worked_out_at"),
)

account_touched = sa.Table(
    "account_touched",
    metadata,
    sa.Column("touch_id", sa.BigInteger, primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("member_id"),
    _at("touched_at"),
)

arrears_reason = sa.Table(
    "arrears_reason",
    metadata,
    _uuid("reason_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("member_id"),
    sa.Column("first_day", sa.Date),
    sa.Column("last_day", sa.Date),
    sa.Column("words_sealed", pg.BYTEA),
    _uuid("recorded_by_account"),
    sa.Column("recorded_by_role", sa.Text),
    sa.Column("recorded_by_path", sa.Text),
    _at("recorded_at"),
    _uuid("removed_by_account"),
    _at("removed_at"),
)

arrears_reminder = sa.Table(
    "arrears_reminder",
    metadata,
    _uuid("reminder_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("member_id"),
    _uuid("branch_id"),
    sa.Column("day", sa.Date),
    _at("due_at"),
    _uuid("asked_by_account"),
    sa.Column("asked_by_role", sa.Text),
    sa.Column("asked_by_path", sa.Text),
    _at("asked_at"),
    sa.Column("state", sa.Text),
    _at("told_at"),
    sa.Column("owed_fen", sa.BigInteger),
    sa.Column("owed_months", sa.Integer),
    sa.Column("wechat", sa.Text),
)
