"""Sessions are found by their end, and accounts by their disabling: the gateway asks for the latest all the time."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL")
    op.execute("CREATE INDEX account_disabled ON account (disabled_at) WHERE disabled_at IS NOT NULL")
