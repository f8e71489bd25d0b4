"""Months that are reported and settled, the delayed list, relief and consent (BOOK-1, DUE-11, PAY-2, PAY-3)."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("month_report", "delay", "relief", "consent")
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""


def upgrade() -> None:
    # Straight to the driver: the texts hold a literal %, which a statement with parameters would read as one.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    for table in _TABLES:
        cursor.execute(_COUNTY_POLICY.format(table=table))
    cursor.close()
