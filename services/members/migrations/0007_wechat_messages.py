"""Messages that are sent through WeChat beside a notice: what waits, and what became of it (ARR-1)."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MESSAGES = """
-- Its id is that of the reminder, which WeChat is told too: the same message sent twice reaches a phone once. No openid: it is
-- read from the account when the message is sent, and a binding that was taken back meanwhile sends nothing.
CREATE TABLE wechat_message (
    id uuid CONSTRAINT wechat_message_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT wechat_message_member_fk REFERENCES member,
    first_month integer NOT NULL,
    last_month integer NOT NULL,
    months integer NOT NULL CONSTRAINT wechat_message_months_positive CHECK (months > 0),
    amount_fen bigint NOT NULL CONSTRAINT wechat_message_amount_positive CHECK (amount_fen > 0),
    outcome text CONSTRAINT wechat_message_outcome CHECK
        (outcome IN ('sent', 'not_bound', 'not_set_up', 'refused', 'failed')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    send_until timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT wechat_message_ended_whole CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX wechat_message_waiting ON wechat_message (next_try_at) WHERE outcome IS NULL;
CREATE INDEX wechat_message_age ON wechat_message (told_at);

-- Written by events and jobs alone; a person's call sees none of it.
ALTER TABLE wechat_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON wechat_message USING (county_id = current_setting('app.county', true));
CREATE POLICY person ON wechat_message AS RESTRICTIVE USING (
    current_setting('app.scope', true) IN ('county', 'system'));
"""


def upgrade() -> None:
    # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
    op.get_bind().exec_driver_sql(_MESSAGES)
