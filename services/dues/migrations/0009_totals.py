"""Totals by organisation and month, the queues that keep them in step, and what a night's comparison found (docs/decisions/0015).

A payment leaves the ids of its postings in a queue; it never touches a total. Triggers write the queues, so that no way of
booking can forget them.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("collection_total", "posting_unfolded", "owed_total", "owed_stale", "totals_check", "totals_difference")
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""
_TOTALS = """
-- What came in: by the branch, the month in which it was booked, the month that it pays, class, own or on behalf, channel.
CREATE TABLE collection_total (
    county_id text NOT NULL,
    branch_id uuid NOT NULL,
    booked_month integer NOT NULL,
    paid_month integer NOT NULL,
    member_class text NOT NULL,
    on_behalf boolean NOT NULL,
    channel text NOT NULL,
    payments bigint NOT NULL,
    amount_fen bigint NOT NULL,
    PRIMARY KEY (branch_id, paid_month, booked_month, member_class, on_behalf, channel)
);
CREATE INDEX collection_total_paid ON collection_total (county_id, paid_month);
CREATE INDEX collection_total_booked ON collection_total (county_id, booked_month);

-- Postings of dues income that no total holds yet. A row that is not committed is not seen, so a late commit is only late.
CREATE TABLE posting_unfolded (posting_id uuid NOT NULL, county_id text NOT NULL);

-- What is owed and paid for a month: by branch and class.
CREATE TABLE owed_total (
    county_id text NOT NULL,
    branch_id uuid NOT NULL,
    month integer NOT NULL,
    member_class text NOT NULL,
    members bigint NOT NULL,
    exempt bigint NOT NULL,
    unassessed bigint NOT NULL,
    paid_members bigint NOT NULL,
    owed_fen bigint NOT NULL,
    paid_fen bigint NOT NULL,
    PRIMARY KEY (branch_id, month, member_class)
);
CREATE INDEX owed_total_month ON owed_total (county_id, month);

-- Months of branches whose obligations changed since they were last added up.
CREATE TABLE owed_stale (branch_id uuid NOT NULL, month integer NOT NULL, county_id text NOT NULL);

-- The night's comparison with the ledger, one row a day.
CREATE TABLE totals_check (
    county_id text NOT NULL,
    day date NOT NULL,
    checked_at timestamptz NOT NULL,
    differences bigint NOT NULL CONSTRAINT totals_check_not_negative CHECK (differences >= 0),
    PRIMARY KEY (county_id, day)
);
CREATE TABLE totals_difference (
    difference_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    kind text NOT NULL CONSTRAINT totals_difference_kind CHECK (kind IN ('collection', 'owed')),
    branch_id uuid NOT NULL,
    month integer NOT NULL,
    member_class text NOT NULL,
    kept_fen bigint NOT NULL,
    true_fen bigint NOT NULL,
    kept_count bigint NOT NULL,
    true_count bigint NOT NULL,
    found_at timestamptz NOT NULL
);
CREATE INDEX totals_difference_county ON totals_difference (county_id, difference_id);

CREATE FUNCTION note_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO posting_unfolded (posting_id, county_id) SELECT posting_id, county_id FROM made
    WHERE 'branch_dues_income' IN (debit_kind, credit_kind);
    RETURN NULL;
END $$;
CREATE TRIGGER posting_noted AFTER INSERT ON posting
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION note_postings();

CREATE FUNCTION note_obligations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO owed_stale (branch_id, month, county_id) SELECT DISTINCT branch_id, month, county_id FROM touched;
    RETURN NULL;
END $$;
CREATE TRIGGER obligation_made_noted AFTER INSERT ON obligation
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION note_obligations();
CREATE TRIGGER obligation_gone_noted AFTER DELETE ON obligation
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION note_obligations();

CREATE FUNCTION note_obligation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO owed_stale (branch_id, month, county_id) VALUES (NEW.branch_id, NEW.month, NEW.county_id);
    IF OLD.branch_id <> NEW.branch_id THEN
        INSERT INTO owed_stale (branch_id, month, county_id) VALUES (OLD.branch_id, OLD.month, OLD.county_id);
    END IF;
    RETURN NULL;
END $$;
-- A payment changes paid_fen alone and fires nothing here: its posting tells.
CREATE TRIGGER obligation_changed_noted AFTER UPDATE OF amount_fen, branch_id, member_class, ahead ON obligation
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION note_obligation();

-- What is there already is folded by the job, in batches like everything else.
INSERT INTO posting_unfolded (posting_id, county_id) SELECT posting_id, county_id FROM posting
WHERE 'branch_dues_income' IN (debit_kind, credit_kind);
INSERT INTO owed_stale (branch_id, month, county_id) SELECT DISTINCT branch_id, month, county_id FROM obligation;
"""


def upgrade() -> None:
    statements = [_TOTALS, *(_COUNTY_POLICY.format(table=table) for table in _TABLES)]
    for text in statements:
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
