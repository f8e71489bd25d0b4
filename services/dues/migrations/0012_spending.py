"""Spending in the classes of BOOK-4: entries by two persons, and what an organisation has, never below zero."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = ("spending", "spending_box")
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""
_BOX = """
-- What has arrived from the level beneath and was neither passed up nor spent, kept beside the ledger so that the database itself
-- holds it to be never below zero. A branch has none: what its members pay goes up whole (BOOK-2). The audit compares both.
CREATE TABLE spending_box (
    org_id uuid CONSTRAINT spending_box_pk PRIMARY KEY,
    county_id text NOT NULL,
    held_fen bigint NOT NULL CONSTRAINT spending_box_not_below_zero CHECK (held_fen >= 0)
);
"""
FIRST_BOXES = """
INSERT INTO spending_box (org_id, county_id, held_fen)
SELECT to_org, min(county_id), greatest(sum(amount_fen)
    - coalesce((SELECT sum(up.amount_fen) FROM remittance AS up WHERE up.from_org = remittance.to_org), 0), 0)
FROM remittance WHERE state = 'arrived' GROUP BY to_org
"""
"""What stands when the migration comes: filled from the slips that have arrived by then."""
_SPENDING = """
-- Recorded by one, answered by another; what is wrong afterwards is reversed, again not by whoever recorded it. Whom it went to
-- and what for may tell of somebody's need, so both are sealed.
CREATE TABLE spending (
    spending_id uuid CONSTRAINT spending_pk PRIMARY KEY,
    county_id text NOT NULL,
    org_id uuid NOT NULL,
    spending_class text NOT NULL CONSTRAINT spending_class_of_the_rule CHECK (spending_class IN
        ('training', 'education_materials', 'commendation', 'member_aid', 'room_repair')),
    amount_fen bigint NOT NULL CONSTRAINT spending_amount_positive CHECK (amount_fen > 0),
    spent_on date NOT NULL,
    payee_sealed bytea NOT NULL,
    purpose_sealed bytea NOT NULL,
    voucher_number text NOT NULL CONSTRAINT spending_voucher_named CHECK (voucher_number <> ''),
    deciding_body text NOT NULL CONSTRAINT spending_decision_named CHECK (deciding_body <> ''),
    decided_on date NOT NULL,
    state text NOT NULL CONSTRAINT spending_state CHECK (state IN ('recorded', 'approved', 'refused', 'reversed')),
    year integer NOT NULL,
    recorded_by uuid NOT NULL,
    recorded_by_member uuid,
    recorded_by_path text NOT NULL,
    recorded_at timestamptz NOT NULL,
    answered_by uuid,
    answered_by_member uuid,
    answered_by_path text,
    answered_at timestamptz,
    booked_month integer,
    posting_id uuid CONSTRAINT spending_posting_once UNIQUE REFERENCES posting,
    reversed_by uuid,
    reversed_by_member uuid,
    reversed_by_path text,
    reversed_at timestamptz,
    reversal_id uuid CONSTRAINT spending_reversal_once UNIQUE REFERENCES posting,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT spending_two_persons CHECK (answered_by <> recorded_by AND reversed_by <> recorded_by),
    CONSTRAINT spending_answered_whole CHECK
        (num_nonnulls(answered_by, answered_by_path, answered_at) = CASE WHEN state = 'recorded' THEN 0 ELSE 3 END),
    CONSTRAINT spending_booked_whole CHECK
        (num_nonnulls(booked_month, posting_id) = CASE WHEN state IN ('approved', 'reversed') THEN 2 ELSE 0 END),
    CONSTRAINT spending_reversed_whole CHECK
        (num_nonnulls(reversed_by, reversed_by_path, reversed_at, reversal_id) = CASE WHEN state = 'reversed' THEN 4 ELSE 0 END),
    CONSTRAINT spending_refusal_has_reason CHECK ((state IN ('refused', 'reversed')) = (reason <> ''))
);
CREATE INDEX spending_of_org ON spending (org_id, spending_id);
CREATE INDEX spending_of_year ON spending (county_id, year, spending_id);
-- One voucher is one entry, unless that was refused or reversed. Vouchers are numbered anew each year.
CREATE UNIQUE INDEX spending_voucher_once ON spending (org_id, (extract(year FROM spent_on)), voucher_number)
    WHERE state IN ('recorded', 'approved');

-- What went back, found without a look at what came in: a payment adds nothing here.
CREATE INDEX posting_given_back ON posting (debit_owner) WHERE debit_kind = 'branch_dues_income';

CREATE FUNCTION spending_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := '{state,year,answered_by,answered_by_member,answered_by_path,answered_at,booked_month,posting_id,reason}';
    reversal text[] := '{state,reversed_by,reversed_by_member,reversed_by_path,reversed_at,reversal_id,reason}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'recorded' THEN
            RAISE EXCEPTION 'a spending entry begins as recorded';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.state = 'recorded' AND NEW.state IN ('approved', 'refused')
            AND to_jsonb(OLD) - answer = to_jsonb(NEW) - answer
        OR OLD.state = 'approved' AND NEW.state = 'reversed' AND to_jsonb(OLD) - reversal = to_jsonb(NEW) - reversal) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a spending entry is answered once, reversed once and never changed';
END $$;
CREATE TRIGGER spending_goes_forward BEFORE INSERT OR UPDATE OR DELETE ON spending
    FOR EACH ROW EXECUTE FUNCTION spending_goes_forward();
CREATE TRIGGER spending_not_truncated BEFORE TRUNCATE ON spending FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- The box is moved by the database, so that no way of spending or of passing up passes it by.
CREATE FUNCTION spending_moves_box() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE spending_box
    SET held_fen = held_fen + CASE NEW.state WHEN 'approved' THEN -NEW.amount_fen WHEN 'reversed' THEN NEW.amount_fen ELSE 0 END
    WHERE org_id = NEW.org_id;
    IF NOT FOUND AND NEW.state = 'approved' THEN
        RAISE EXCEPTION 'nothing has arrived that could be spent' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spending_moves_box AFTER UPDATE OF state ON spending FOR EACH ROW EXECUTE FUNCTION spending_moves_box();

CREATE FUNCTION remittance_fills_box() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spending_box (org_id, county_id, held_fen) VALUES (NEW.to_org, NEW.county_id, NEW.amount_fen)
    ON CONFLICT (org_id) DO UPDATE SET held_fen = spending_box.held_fen + excluded.held_fen;
    RETURN NULL;
END $$;
CREATE TRIGGER remittance_fills_box AFTER UPDATE OF state ON remittance
    FOR EACH ROW WHEN (OLD.state = 'made' AND NEW.state = 'arrived') EXECUTE FUNCTION remittance_fills_box();

-- What was spent is there no more to be passed up. Taking it out of the box first holds the box's row, so that a slip and an
-- approval of one organisation are never weighed at once.
CREATE OR REPLACE FUNCTION remittance_within_income() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    passed bigint; income bigint; received bigint; spent bigint;
BEGIN
    UPDATE spending_box SET held_fen = greatest(held_fen - NEW.amount_fen, 0) WHERE org_id = NEW.from_org;
    SELECT coalesce(sum(amount_fen), 0) INTO passed FROM remittance WHERE from_org = NEW.from_org;
    SELECT coalesce((SELECT sum(amount_fen) FROM posting
            WHERE credit_owner = NEW.from_org AND credit_kind = 'branch_dues_income'), 0)
        - coalesce((SELECT sum(amount_fen) FROM posting
            WHERE debit_owner = NEW.from_org AND debit_kind = 'branch_dues_income'), 0)
        INTO income;
    SELECT coalesce(sum(amount_fen), 0) INTO received FROM remittance WHERE to_org = NEW.from_org AND state = 'arrived';
    SELECT coalesce(sum(amount_fen), 0) INTO spent FROM spending WHERE org_id = NEW.from_org AND state = 'approved';
    IF passed + NEW.amount_fen > income + received - spent THEN
        RAISE EXCEPTION 'a remittance of more than came in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    for text in (_BOX, FIRST_BOXES, _SPENDING, *(_COUNTY_POLICY.format(table=table) for table in _TABLES)):
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
