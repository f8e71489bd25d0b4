"""What people say of the product itself (SEC-7). What they write may be personal, so it is sealed like a number."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FEEDBACK = """
CREATE TABLE feedback (
    id uuid CONSTRAINT feedback_pk PRIMARY KEY,
    county_id text NOT NULL,
    account_id uuid NOT NULL CONSTRAINT feedback_account_fk REFERENCES account,
    words_sealed bytea NOT NULL,
    contact_sealed bytea,
    sent_at timestamptz NOT NULL
);
CREATE INDEX feedback_newest ON feedback (county_id, id);
CREATE INDEX feedback_of_account ON feedback (account_id, sent_at);
CREATE INDEX feedback_age ON feedback (sent_at);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_FEEDBACK)
