"""The tables of reported months and of decisions about members, beside ``tables``; ``migrations/0004`` says why."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.dues.storage.tables import LTree, metadata


def _uuid(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, pg.UUID(as_uuid=False), primary_key=primary_key)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer)


def _fen(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


month_report = sa.Table(
    "month_report",
    metadata,
    _uuid("report_id", primary_key=True),
    *(_text("county_id"), _uuid("org_id"), sa.Column("org_path", LTree), _text("level"), _whole("month")),
    *(_whole("members"), _fen("owed_fen"), _fen("paid_fen"), _whole("delayed"), _fen("delayed_fen")),
    *(_uuid("reported_by"), _uuid("reported_by_member"), _text("reported_by_path"), _at("reported_at")),
    *(_uuid("returned_by"), _text("returned_by_path"), _at("returned_at"), _text("return_reason")),
)

delay = sa.Table(
    "delay",
    metadata,
    _uuid("delay_id", primary_key=True),
    *(_text("county_id"), _uuid("member_id"), _whole("month"), _uuid("branch_id"), _whole("billed_in")),
    *(_text("reason"), _uuid("put_by"), _text("put_by_path"), _at("put_at")),
    *(_uuid("ended_by"), _text("ended_why"), _at("ended_at")),
)

relief = sa.Table(
    "relief",
    metadata,
    _uuid("relief_id", primary_key=True),
    *(_text("county_id"), _uuid("member_id"), _uuid("branch_id"), _text("kind"), _fen("monthly_fen")),
    *(_whole("from_month"), _whole("to_month"), _whole("holds_to"), _text("reason")),
    *(sa.Column("decided_on", sa.Date), _uuid("entered_by"), _uuid("entered_by_member")),
    *(_text("entered_by_path"), _at("entered_at"), _text("state"), sa.Column("answered_on", sa.Date)),
    *(_uuid("answered_by"), _uuid("answered_by_member"), _text("answered_by_path"), _text("answer_words")),
    *(_at("answered_at"), _uuid("ended_by"), _text("ended_by_path"), _text("end_words"), _at("ended_at")),
)

consent = sa.Table(
    "consent",
    metadata,
    _uuid("consent_id", primary_key=True),
    *(_text("county_id"), _uuid("member_id"), _uuid("branch_id"), _text("kind")),
    *(_whole("from_month"), _whole("to_month"), sa.Column("agreed_on", sa.Date), _text("words")),
    *(_uuid("entered_by"), _uuid("entered_by_member"), _text("entered_by_path"), _at("entered_at")),
    *(_uuid("noted_by"), _uuid("noted_by_member"), _text("noted_by_path"), _text("note_words"), _at("noted_at")),
    *(_uuid("withdrawn_by"), _text("withdraw_words"), _at("withdrawn_at")),
)


def standing_delay(member_id: sa.ColumnElement[str], month: sa.ColumnElement[int]) -> sa.Exists:
    """Whether a member's month stands on the delayed list."""
    return sa.exists().where(delay.c.member_id == member_id, delay.c.month == month, delay.c.ended_at.is_(None))


def month_closed(
    county_id: sa.ColumnElement[str], branch_id: sa.ColumnElement[str], billed_in: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """Whether a branch's month is reported or settled: the database's own word, which its triggers hold to (BOOK-1)."""
    return sa.func.month_closed(county_id, branch_id, billed_in, type_=sa.Boolean())
