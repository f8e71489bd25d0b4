"""The tables of the members service for statements. ``migrations`` creates them, with every constraint and index by name.

Also declares the sealed columns and the blind indexes, each with the form in which its values are compared.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.sealed import SealedColumn

metadata = sa.MetaData()


class LTree(sa.types.UserDefinedType[str]):
    """PostgreSQL's ltree: a path of labels, read and written as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"

    def bind_expression(self, bindvalue: Any) -> Any:
        return sa.cast(bindvalue, self)

    class Comparator(sa.types.UserDefinedType.Comparator[str]):
        def within(self, path: Any) -> sa.ColumnElement[bool]:
            """REG-8: the path itself or beneath it, by whole labels."""
            within: sa.ColumnElement[bool] = self.op("<@", is_comparison=True, return_type=sa.Boolean())(path)  # type: ignore[assignment]
            return within

    comparator_factory = Comparator


def _upper(text: str) -> str:
    return text.strip().upper()


ID_NUMBER = SealedColumn("member.id_number_sealed", _upper)
PHONE = SealedColumn("member.phone_sealed", str.strip)
PHONE_TAIL = SealedColumn("member.phone_tail_index")
"""Indexed only: the text of ``phone_tail_text``, so that FIND_PERSON needs no unsealing."""
OPENID = SealedColumn("account.wechat_openid_sealed")
TOTP_SECRET = SealedColumn("account.totp_sealed")
ACTIVATION_CODE = SealedColumn("activation_code.code_index", _upper)
FEEDBACK_WORDS = SealedColumn("feedback.words_sealed")
FEEDBACK_CONTACT = SealedColumn("feedback.contact_sealed")
FAILURE_SUBJECT = SealedColumn("sign_in_failure.subject_index")


def phone_tail_text(normal_name: str, phone: str) -> str:
    """What the index of name and last four digits covers. ``phone`` may be the whole number or its tail."""
    return f"{normal_name}\n{phone[-4:]}"


def _id(name: str = "id", *arguments: Any, **options: Any) -> sa.Column[str]:
    return sa.Column(name, pg.UUID(as_uuid=False), *arguments, **options)


def _instant(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **options)


county = sa.Table(
    "county",
    metadata,
    _text("county_id", primary_key=True),
    _text("name"),
    sa.Column("roster_version", sa.BigInteger),  # raised by every change of organisations or members
)

organisation = sa.Table(
    "organisation",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("parent_id"),
    _text("code"),
    _text("name"),
    _text("kind"),
    sa.Column("path", LTree()),
    sa.Column("version", sa.BigInteger),
)

member = sa.Table(
    "member",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _text("name"),
    _text("sex"),
    _text("nation"),
    sa.Column("born_on", sa.Date),
    sa.Column("id_number_sealed", sa.LargeBinary),
    sa.Column("id_number_index", sa.LargeBinary),
    _text("id_number_masked"),
    sa.Column("phone_sealed", sa.LargeBinary),
    sa.Column("phone_index", sa.LargeBinary),
    _text("phone_masked"),
    sa.Column("phone_tail_index", sa.LargeBinary),
    _text("household"),
    sa.Column("away", sa.Boolean),
    _text("away_place"),
    sa.Column("joined_on", sa.Date),
    sa.Column("full_on", sa.Date),
    sa.Column("version", sa.BigInteger),
)


def _periods(name: str, value: sa.Column[str]) -> sa.Table:
    """A dated history: ``to_day`` is the first day on which the value no longer holds, null while it does."""
    days = (sa.Column("from_day", sa.Date), sa.Column("to_day", sa.Date))
    return sa.Table(name, metadata, _id(primary_key=True), _text("county_id"), _id("member_id"), value, *days)


membership = _periods("membership", _id("branch_id"))
member_status = _periods("member_status", _text("status"))
member_class_period = _periods("member_class_period", _text("member_class"))

account = sa.Table(
    "account",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("member_id"),
    _text("password_hash"),
    sa.Column("wechat_openid_sealed", sa.LargeBinary),
    sa.Column("wechat_openid_index", sa.LargeBinary),
    sa.Column("totp_sealed", sa.LargeBinary),
    sa.Column("totp_pending_sealed", sa.LargeBinary),  # offered, in force only once confirmed
    _instant("totp_confirmed_at"),
    sa.Column("totp_last_step", sa.BigInteger),
    _instant("disabled_at"),
    _instant("created_at"),
)

sign_in_failure = sa.Table(
    "sign_in_failure",
    metadata,
    _text("county_id", primary_key=True),
    sa.Column("subject_index", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.SmallInteger),
    _instant("last_failure_at"),
)

session = sa.Table(
    "session",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("account_id"),
    _text("device"),
    sa.Column("second_factor", sa.Boolean),
    _instant("signed_in_at"),
    _instant("last_used_at"),
    _instant("expires_at"),
    _instant("ended_at"),
    _text("end_reason"),
)

refresh_token = sa.Table(
    "refresh_token",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    _text("county_id"),
    _id("session_id"),
    _instant("issued_at"),
    _instant("used_at"),
)

activation_code = sa.Table(
    "activation_code",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("member_id"),
    sa.Column("code_index", sa.LargeBinary),
    _instant("issued_at"),
    _instant("expires_at"),
    _instant("used_at"),
    _instant("replaced_at"),
)

role_grant = sa.Table(
    "role_grant",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("member_id"),
    _id("org_id"),
    _text("role"),
    _instant("given_at"),
    _id("given_by_account_id"),
    _text("reason"),
    _instant("ended_at"),
    _id("ended_by_account_id"),
    _text("end_reason"),
)

notice = sa.Table(
    "notice",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("member_id"),
    _text("kind"),
    sa.Column("months", pg.ARRAY(sa.Integer)),
    sa.Column("amount_fen", sa.BigInteger),
    _text("reference_kind"),
    _id("reference_id"),
    _instant("told_at"),
    _instant("read_at"),
)

roster_import = sa.Table(
    "roster_import",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("org_id"),
    _id("begun_by_account_id"),
    _text("state"),
    _text("file_key"),
    _text("file_sha256"),
    sa.Column("file_size_bytes", sa.BigInteger),
    _text("file_media_type"),
    _text("file_name"),
    sa.Column("progress_percent", sa.SmallInteger),
    sa.Column("counts", pg.JSONB),
    _text("refusal"),
    sa.Column("refusal_detail", pg.JSONB),
    _text("plan_digest"),
    sa.Column("roster_version", sa.BigInteger),  # of the county at the dry run
    _instant("created_at"),
    _instant("applied_at"),
    _instant("file_forgotten_at"),
)

roster_import_row = sa.Table(
    "roster_import_row",
    metadata,
    _id("import_id", primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    _text("county_id"),
    sa.Column("row", sa.Integer),
    _text("outcome"),
    _text("name_masked"),
    sa.Column("reasons", pg.JSONB),
)

roster_export = sa.Table(
    "roster_export",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("org_id"),
    _id("begun_by_account_id"),
    _text("purpose"),
    _text("state"),
    _text("file_key"),
    _text("file_sha256"),
    sa.Column("file_size_bytes", sa.BigInteger),
    _text("file_media_type"),
    _text("file_name"),
    sa.Column("rows", sa.Integer),
    _instant("created_at"),
    _instant("finished_at"),
    _instant("file_forgotten_at"),
)

feedback = sa.Table(
    "feedback",
    metadata,
    _id(primary_key=True),
    _text("county_id"),
    _id("account_id"),
    sa.Column("words_sealed", sa.LargeBinary),
    sa.Column("contact_sealed", sa.LargeBinary),
    _instant("sent_at"),
)
