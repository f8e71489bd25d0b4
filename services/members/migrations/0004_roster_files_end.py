"""When a roster file was deleted: it holds a whole county's identity numbers and is kept no longer than its use."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FORGOTTEN = """
ALTER TABLE roster_import ADD COLUMN file_forgotten_at timestamptz;
ALTER TABLE roster_export ADD COLUMN file_forgotten_at timestamptz;
-- Small indexes: only what still has a file.
CREATE INDEX roster_import_file_age ON roster_import (created_at) WHERE file_forgotten_at IS NULL;
CREATE INDEX roster_export_file_age ON roster_export (created_at)
    WHERE file_forgotten_at IS NULL AND file_key IS NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_FORGOTTEN)
