"""The provider's day bill against the ledger (BOOK-8): bills, days, differences and what became of each."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("day_bill", "reconciliation", "bill_mark", "difference", "difference_step")
_SHAPE = """
-- A bill that was fetched or brought by hand. Without a file: the provider says that the day has no trade.
CREATE TABLE day_bill (
    bill_id uuid CONSTRAINT day_bill_pk PRIMARY KEY,
    county_id text NOT NULL,
    day date NOT NULL,
    source text NOT NULL CONSTRAINT day_bill_source CHECK (source IN ('provider', 'upload')),
    state text NOT NULL CONSTRAINT day_bill_state CHECK (state IN ('waiting', 'matched', 'refused')),
    file_key text,
    file_sha256 text,
    file_size_bytes bigint,
    file_name text NOT NULL DEFAULT '',
    sha1 text,
    refusal text NOT NULL DEFAULT '',
    refusal_line integer NOT NULL DEFAULT 0,
    brought_by uuid,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT day_bill_finished CHECK ((state = 'waiting') = (finished_at IS NULL)),
    CONSTRAINT day_bill_refusal_named CHECK ((state = 'refused') = (refusal <> '')),
    CONSTRAINT day_bill_upload_by_somebody CHECK ((source = 'upload') = (brought_by IS NOT NULL))
);
CREATE INDEX day_bill_of_day ON day_bill (county_id, day, bill_id);
CREATE INDEX day_bill_waiting ON day_bill (bill_id) WHERE state = 'waiting';

-- One row a day: how often its bill was asked for, and what the last match found.
CREATE TABLE reconciliation (
    county_id text NOT NULL,
    day date NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    failure text NOT NULL DEFAULT '',
    bill_id uuid REFERENCES day_bill,
    bill_payments integer NOT NULL DEFAULT 0,
    bill_payment_fen bigint NOT NULL DEFAULT 0,
    bill_refunds integer NOT NULL DEFAULT 0,
    bill_refund_fen bigint NOT NULL DEFAULT 0,
    ledger_payments integer NOT NULL DEFAULT 0,
    ledger_payment_fen bigint NOT NULL DEFAULT 0,
    matched integer NOT NULL DEFAULT 0,
    matched_at timestamptz,
    CONSTRAINT reconciliation_pk PRIMARY KEY (county_id, day),
    CONSTRAINT reconciliation_by_a_bill CHECK ((bill_id IS NULL) = (matched_at IS NULL))
);

-- What stood in the bill of another day than the ledger's: payments at midnight, and every refund, whose day nobody else keeps.
CREATE TABLE bill_mark (
    county_id text NOT NULL,
    day date NOT NULL,
    transaction_id text NOT NULL,
    refund_no text NOT NULL,
    amount_fen bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    CONSTRAINT bill_mark_pk PRIMARY KEY (county_id, day, transaction_id, refund_no)
);
CREATE INDEX bill_mark_payment ON bill_mark (transaction_id);
CREATE INDEX bill_mark_refund ON bill_mark (refund_no) WHERE refund_no <> '';

-- A difference is met again by its day, kind and subject, so that matching a day once more adds none.
CREATE TABLE difference (
    difference_id uuid CONSTRAINT difference_pk PRIMARY KEY DEFAULT gen_random_uuid(),
    county_id text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    list text NOT NULL CONSTRAINT difference_list CHECK (list IN ('only_in_bill', 'only_in_ledger', 'differs')),
    subject text NOT NULL,
    transaction_id text NOT NULL,
    order_no text NOT NULL,
    order_id uuid,
    refund_no text NOT NULL,
    bill_fen bigint,
    ledger_fen bigint,
    bill_state text NOT NULL,
    ledger_state text NOT NULL,
    bill_at timestamptz,
    ledger_at timestamptz,
    state text NOT NULL CONSTRAINT difference_state CHECK (state IN ('open', 'resolved', 'gone')),
    noticed_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    words text NOT NULL DEFAULT '',
    resolved_by uuid,
    resolved_at timestamptz,
    CONSTRAINT difference_once UNIQUE (county_id, day, kind, subject),
    CONSTRAINT difference_resolved_whole CHECK ((state = 'resolved') = (resolved_by IS NOT NULL)
        AND (state = 'resolved') = (resolved_at IS NOT NULL) AND (state = 'resolved') = (reason <> ''))
);
CREATE INDEX difference_listed ON difference (county_id, day DESC, difference_id DESC);
CREATE INDEX difference_open ON difference (county_id, noticed_at) WHERE state = 'open';
CREATE INDEX difference_of_transaction ON difference (transaction_id);

-- What was done about it, by whom; never changed.
CREATE TABLE difference_step (
    step_id uuid CONSTRAINT difference_step_pk PRIMARY KEY,
    county_id text NOT NULL,
    difference_id uuid NOT NULL REFERENCES difference,
    step text NOT NULL CONSTRAINT difference_step_known CHECK (step IN ('resolved', 'reopened', 'settled')),
    reason text NOT NULL,
    words text NOT NULL,
    by_account uuid NOT NULL,
    done_at timestamptz NOT NULL
);
CREATE INDEX difference_step_of ON difference_step (difference_id, step_id);
CREATE TRIGGER difference_step_append_only BEFORE UPDATE OR DELETE ON difference_step
    FOR EACH ROW EXECUTE FUNCTION append_only();

-- A day's money by WeChat's own time.
CREATE INDEX provider_payment_paid_at ON provider_payment (paid_at, transaction_id);
CREATE INDEX refund_succeeded_at ON refund (succeeded_at) WHERE state = 'succeeded';

-- A bill is laid beside the ledger in tables that live for one transaction.
DO $$
BEGIN
    EXECUTE 'GRANT TEMPORARY ON DATABASE ' || quote_ident(current_database()) || ' TO platform_service';
EXCEPTION
    WHEN insufficient_privilege THEN
        NULL;  -- the database is another's: by PostgreSQL's own default everybody has this right
END $$;
"""
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""


def upgrade() -> None:
    # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
    for text in (_SHAPE, *(_COUNTY_POLICY.format(table=table) for table in _TABLES)):
        op.get_bind().exec_driver_sql(text)
