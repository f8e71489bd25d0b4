"""The inbox: what members are told (PAY-7)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NOTICES = """
-- A kind is a word and no list: later parts tell of more. What it tells stands in columns that any kind may use.
CREATE TABLE notice (
    id uuid CONSTRAINT notice_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT notice_member_fk REFERENCES member,
    kind text NOT NULL CONSTRAINT notice_kind_is_a_word CHECK (kind ~ '^[a-z][a-z_]{0,62}$'),
    months integer[] NOT NULL DEFAULT '{}' CONSTRAINT notice_months_bounded CHECK (cardinality(months) <= 240),
    amount_fen bigint CONSTRAINT notice_amount_not_negative CHECK (amount_fen >= 0),
    reference_kind text,
    reference_id uuid,
    told_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT notice_reference_whole CHECK ((reference_kind IS NULL) = (reference_id IS NULL))
);
CREATE INDEX notice_of_member ON notice (member_id, id);
CREATE INDEX notice_unread ON notice (member_id, id) WHERE read_at IS NULL;
CREATE INDEX notice_age ON notice (told_at);
"""


def upgrade() -> None:
    # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
    op.get_bind().exec_driver_sql(_NOTICES)
