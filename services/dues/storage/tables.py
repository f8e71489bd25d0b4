"""The dues tables for statements. ``migrations`` makes them; constraints and their reasons stand there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()


class LTree(sa.types.UserDefinedType[str]):
    """PostgreSQL's ltree as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"


def within(column: sa.ColumnElement[Any], path: str) -> sa.ColumnElement[bool]:
    """Whether the column's path is ``path`` or lies beneath it (REG-8)."""
    return column.op("<@", is_comparison=True)(sa.cast(path, LTree))


def _uuid(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, pg.UUID(as_uuid=False), **options)


def _at(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True))


organisation = sa.Table(
    "organisation",
    metadata,
    _uuid("org_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("parent_id"),
    sa.Column("code", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("path", LTree),
    sa.Column("version", sa.BigInteger),
)


def of_branch_beneath(branch_id: sa.ColumnElement[str], path: str) -> sa.ColumnElement[bool]:
    """Whether this is a branch at ``path`` or beneath it. By ids: beneath row security, paths are looked up in no index."""
    return branch_id.in_(sa.select(organisation.c.org_id).where(within(organisation.c.path, path)))


member = sa.Table(
    "member",
    metadata,
    _uuid("member_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("household", sa.Text),
    _uuid("branch_id"),
    sa.Column("branch_path", LTree),
    sa.Column("member_class", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("joined_on", sa.Date),
    sa.Column("branches", pg.JSONB),
    sa.Column("classes", pg.JSONB),
    sa.Column("statuses", pg.JSONB),
    sa.Column("version", sa.BigInteger),
)

beneficiary = sa.Table(
    "beneficiary",
    metadata,
    _uuid("payer_id", primary_key=True),
    _uuid("member_id", primary_key=True),
    sa.Column("favourite", sa.Boolean),
    _at("added_at"),
)

rule_profile = sa.Table(
    "rule_profile",
    metadata,
    sa.Column("county_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("valid_from", sa.Integer),
    sa.Column("body", pg.JSONB),
    _uuid("set_by_account"),
    sa.Column("set_by_name", sa.Text),
    _at("set_at"),
)

assessment = sa.Table(
    "assessment",
    metadata,
    _uuid("assessment_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("member_id"),
    sa.Column("version", sa.Integer),
    sa.Column("effective_from", sa.Integer),
    sa.Column("member_class", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("record_sealed", sa.LargeBinary),
    sa.Column("profile", sa.Text),
    _uuid("set_by_account"),
    sa.Column("set_by_role", sa.Text),
    sa.Column("set_by_path", sa.Text),
    _at("set_at"),
)

dues_month = sa.Table(
    "dues_month",
    metadata,
    sa.Column("county_id", sa.Text, primary_key=True),
    sa.Column("month", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text),
    _at("opened_at"),
)

obligation = sa.Table(
    "obligation",
    metadata,
    _uuid("member_id", primary_key=True),
    sa.Column("month", sa.Integer, primary_key=True),
    sa.Column("county_id", sa.Text),
    _uuid("branch_id"),
    sa.Column("branch_path", LTree),
    sa.Column("member_class", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("paid_fen", sa.BigInteger),
    sa.Column("basis", sa.Text),
    sa.Column("assessment_version", sa.Integer),
    sa.Column("billed_in", sa.Integer),
    sa.Column("ahead", sa.Boolean),
    _uuid("relief_id"),
    sa.Column("full_fen", sa.BigInteger),
)

orders = sa.Table(
    "orders",
    metadata,
    _uuid("order_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("number", sa.Text),
    _uuid("payer_id"),
    sa.Column("total_fen", sa.BigInteger),
    sa.Column("state", sa.Text),
    sa.Column("version", sa.Integer),
    sa.Column("prepay_id", sa.Text),
    _at("created_at"),
    _at("expires_at"),
    _at("settled_at"),
    _at("next_query_at"),
    sa.Column("queries", sa.Integer),
    sa.Column("channel", sa.Text),
    _uuid("taking_id"),
    sa.Column("extra_fen", sa.BigInteger),
    _uuid("extra_branch_id"),
    sa.Column("refunded_fen", sa.BigInteger),
)

order_line = sa.Table(
    "order_line",
    metadata,
    _uuid("order_id", primary_key=True),
    sa.Column("line_no", sa.Integer, primary_key=True),
    _uuid("member_id"),
    sa.Column("month", sa.Integer),
    _uuid("branch_id"),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("live", sa.Boolean),
    sa.Column("part", sa.Integer),
)

provider_payment = sa.Table(
    "provider_payment",
    metadata,
    sa.Column("transaction_id", sa.Text, primary_key=True),
    _uuid("order_id"),
    sa.Column("amount_fen", sa.BigInteger),
    _at("paid_at"),
    sa.Column("source", sa.Text),
    sa.Column("late", sa.Boolean),
    _at("stored_at"),
)

payment_notice = sa.Table(
    "payment_notice",
    metadata,
    _uuid("notice_id", primary_key=True),
    sa.Column("order_no", sa.Text),
    sa.Column("transaction_id", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    _at("paid_at"),
    sa.Column("differences", pg.JSONB),
    _at("stored_at"),
    _at("next_try_at"),
    sa.Column("tries", sa.Integer),
    sa.Column("outcome", sa.Text),
    _at("settled_at"),
)

refund = sa.Table(
    "refund",
    metadata,
    _uuid("refund_id", primary_key=True),
    sa.Column("number", sa.Text),
    _uuid("order_id"),
    sa.Column("county_id", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("tries", sa.Integer),
    _at("next_try_at"),
    _at("asked_at"),
    _at("succeeded_at"),
    _uuid("refund_request_id"),
    sa.Column("channel", sa.Text),
    sa.Column("hand_words", sa.Text),
    _uuid("hand_by_account"),
    _at("hand_at"),
    _uuid("hand_confirmed_by_account"),
    _uuid("branch_id"),
    sa.Column("hand_source", sa.Text),
    sa.Column("hand_voucher", sa.Text),
    sa.Column("hand_by_name", sa.Text),
    sa.Column("hand_confirmed_by_name", sa.Text),
)

payment_exception = sa.Table(
    "payment_exception",
    metadata,
    _uuid("exception_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("kind", sa.Text),
    _uuid("order_id"),
    sa.Column("transaction_id", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    _at("noticed_at"),
)

posting = sa.Table(
    "posting",
    metadata,
    _uuid("posting_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("entry", sa.Text),
    sa.Column("debit_kind", sa.Text),
    _uuid("debit_owner"),
    sa.Column("credit_kind", sa.Text),
    _uuid("credit_owner"),
    sa.Column("amount_fen", sa.BigInteger),
    _uuid("order_id"),
    sa.Column("line_no", sa.Integer),
    _uuid("member_id"),
    sa.Column("month", sa.Integer),
    sa.Column("booked_month", sa.Integer),
    _uuid("reverses"),
    _at("booked_at"),
    _uuid("deposit_id"),
    _uuid("refund_id"),
)

receipt_counter = sa.Table(
    "receipt_counter",
    metadata,
    _uuid("branch_id", primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last_number", sa.Integer),
)

receipt = sa.Table(
    "receipt",
    metadata,
    _uuid("receipt_id", primary_key=True),
    sa.Column("county_id", sa.Text),
    sa.Column("number", sa.Text),
    _uuid("branch_id"),
    sa.Column("year", sa.Integer),
    sa.Column("running_number", sa.Integer),
    _uuid("order_id"),
    _uuid("member_id"),
    _uuid("payer_id"),
    sa.Column("member_name", sa.Text),
    sa.Column("payer_name", sa.Text),
    sa.Column("branch_name", sa.Text),
    sa.Column("months", pg.JSONB),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("channel", sa.Text),
    sa.Column("simulated", sa.Boolean),
    sa.Column("void", sa.Boolean),
    sa.Column("check_code", sa.Text),
    _at("issued_at"),
    sa.Column("extra_fen", sa.BigInteger),
    sa.Column("collector_name", sa.Text),
    _uuid("replaces"),
    _at("voided_at"),
)
