"""Slips by which dues are passed up, level by level (BOOK-2): once a month, confirmed by another person, never too much."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_REMITTANCE = """
CREATE TABLE remittance_counter (
    org_id uuid NOT NULL,
    year integer NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (org_id, year)
);

CREATE TABLE remittance (
    remittance_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    from_org uuid NOT NULL,
    to_org uuid NOT NULL,
    booked_month integer NOT NULL,
    year integer NOT NULL,
    running_number integer NOT NULL CONSTRAINT remittance_number_positive CHECK (running_number > 0),
    amount_fen bigint NOT NULL CONSTRAINT remittance_amount_positive CHECK (amount_fen > 0),
    cash_fen bigint NOT NULL,
    state text NOT NULL CONSTRAINT remittance_state CHECK (state IN ('made', 'arrived')),
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    arrived_by uuid,
    arrived_at timestamptz,
    posting_id uuid CONSTRAINT remittance_posting_once UNIQUE REFERENCES posting,
    CONSTRAINT remittance_month_once UNIQUE (from_org, booked_month),
    CONSTRAINT remittance_running_once UNIQUE (from_org, year, running_number),
    CONSTRAINT remittance_goes_up CHECK (from_org <> to_org),
    CONSTRAINT remittance_cash_within CHECK (cash_fen BETWEEN 0 AND amount_fen),
    CONSTRAINT remittance_two_persons CHECK (arrived_by <> made_by),
    CONSTRAINT remittance_arrived_whole CHECK (
        (state = 'arrived') = (arrived_by IS NOT NULL) AND (state = 'arrived') = (arrived_at IS NOT NULL)
        AND (state = 'arrived') = (posting_id IS NOT NULL))
);
CREATE INDEX remittance_to ON remittance (to_org, booked_month);
ALTER TABLE remittance ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON remittance USING (county_id = current_setting('app.county', true));

-- Nobody passes up more than he took in himself and has received from beneath. Whoever makes a slip holds the counter's row,
-- so two slips of one organisation are never weighed at once.
CREATE FUNCTION remittance_within_income() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    passed bigint; income bigint; received bigint;
BEGIN
    SELECT coalesce(sum(amount_fen), 0) INTO passed FROM remittance WHERE from_org = NEW.from_org;
    SELECT coalesce((SELECT sum(amount_fen) FROM posting
            WHERE credit_owner = NEW.from_org AND credit_kind = 'branch_dues_income'), 0)
        - coalesce((SELECT sum(amount_fen) FROM posting
            WHERE debit_owner = NEW.from_org AND debit_kind = 'branch_dues_income'), 0)
        INTO income;
    SELECT coalesce(sum(amount_fen), 0) INTO received FROM remittance WHERE to_org = NEW.from_org AND state = 'arrived';
    IF passed + NEW.amount_fen > income + received THEN
        RAISE EXCEPTION 'a remittance of more than came in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER remittance_within_income BEFORE INSERT ON remittance FOR EACH ROW EXECUTE FUNCTION remittance_within_income();

-- A slip is confirmed once; nothing else of it ever changes, and none is taken away: its number stays.
CREATE FUNCTION remittance_confirmed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'made' OR (NEW.remittance_id, NEW.county_id, NEW.from_org, NEW.to_org, NEW.booked_month,
        NEW.year, NEW.running_number, NEW.amount_fen, NEW.cash_fen, NEW.made_by, NEW.made_at)
        IS DISTINCT FROM (OLD.remittance_id, OLD.county_id, OLD.from_org, OLD.to_org, OLD.booked_month,
        OLD.year, OLD.running_number, OLD.amount_fen, OLD.cash_fen, OLD.made_by, OLD.made_at) THEN
        RAISE EXCEPTION 'a remittance is confirmed once and never changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER remittance_confirmed_once BEFORE UPDATE OR DELETE ON remittance
    FOR EACH ROW EXECUTE FUNCTION remittance_confirmed_once();
"""


def upgrade() -> None:
    # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
    op.get_bind().exec_driver_sql(_REMITTANCE)
