"""The first shape of the dues database."""

from pathlib import Path

from alembic import op

from services.chassis.tables import creation_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS ltree")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    # Straight to the driver: the texts hold a literal %, which a statement with parameters would read as one.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(creation_sql("0001_chassis"))
    cursor.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    cursor.close()
