"""A month that was paid ahead and then rises asks for the difference: several payments, one after the other (PAY-4, PAY-8)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DIFFERENCES = """
-- Which payment of the month a line is. Two orders for the same one still meet at the index, whatever two payers do at once.
ALTER TABLE order_line ADD COLUMN part integer NOT NULL DEFAULT 0 CONSTRAINT order_line_part_not_negative CHECK (part >= 0);
CREATE UNIQUE INDEX order_line_live_part ON order_line (member_id, month, part) WHERE live;
DROP INDEX order_line_live;
ALTER INDEX order_line_live_part RENAME TO order_line_live;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_DIFFERENCES)
