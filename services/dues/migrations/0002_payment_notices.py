"""Notices of payment that wait to be settled, and room on the pages of rows that are changed where they stand."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NOTICES = """
-- What the payment provider told and proved (PAY-9): stored when it comes, settled in batches. Its id is the request id of
-- the call that brought it. No outcome: it waits.
CREATE TABLE payment_notice (
    notice_id uuid CONSTRAINT payment_notice_pk PRIMARY KEY,
    order_no text NOT NULL,
    transaction_id text NOT NULL,
    amount_fen bigint NOT NULL,
    paid_at timestamptz,
    differences jsonb NOT NULL,
    stored_at timestamptz NOT NULL,
    next_try_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    outcome text,
    settled_at timestamptz,
    CONSTRAINT payment_notice_settled_whole CHECK ((outcome IS NULL) = (settled_at IS NULL))
);
CREATE INDEX payment_notice_waiting ON payment_notice (next_try_at, notice_id) WHERE outcome IS NULL;
CREATE INDEX payment_notice_age ON payment_notice (stored_at);

-- A payment changes a month's and an order's row once or twice: the new version finds room on the same page.
ALTER TABLE obligation SET (fillfactor = 80);
ALTER TABLE orders SET (fillfactor = 80);
"""


def upgrade() -> None:
    # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
    op.get_bind().exec_driver_sql(_NOTICES)
