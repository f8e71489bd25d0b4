"""The tables that every service has beside its own: request ids, outbox, inbox, audit trail.

``sql/0001_chassis.sql`` creates them in a service's first migration; these are the same tables for statements.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

request = sa.Table(
    "request",
    metadata,
    sa.Column("request_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    sa.Column("reply_sealed", sa.LargeBinary),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("event_id", pg.UUID(as_uuid=False), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("trace", sa.Text, nullable=False),
    sa.Column("data", pg.JSONB, nullable=False),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("published_at", sa.DateTime(timezone=True)),
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("event_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("listener", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("entry_id", sa.BigInteger, primary_key=True),
    sa.Column("county_id", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor_account_id", pg.UUID(as_uuid=False)),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_path", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object_kind", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("about_member_id", pg.UUID(as_uuid=False)),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("chain_position", sa.BigInteger),
    sa.Column("chain_hash", sa.LargeBinary),
)


def creation_sql(name: str) -> str:
    """The frozen text of one of the chassis' own migrations."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
