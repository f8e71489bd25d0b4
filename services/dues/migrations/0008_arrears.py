"""The arrears ladder: an account for each member, what waits to be worked out, reasons and reminders (ARR-1 to ARR-4).

An account is worked out from obligations and can be thrown away; reasons and reminders are records. Obligations say by trigger
whose account they touch: whoever writes them, in whatever statement (docs/decisions/0016).
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ACCOUNTS = """
-- One row for each member who ever owed. The figures are of the months before the running one.
CREATE TABLE member_account (
    member_id uuid CONSTRAINT member_account_pk PRIMARY KEY,
    county_id text NOT NULL,
    branch_id uuid NOT NULL,
    owed_fen bigint NOT NULL CONSTRAINT member_account_owed_not_negative CHECK (owed_fen >= 0),
    owed_months integer NOT NULL,
    unpaid_run integer NOT NULL,
    unexcused_run integer NOT NULL,
    since_month integer,
    step text NOT NULL CONSTRAINT member_account_step CHECK
        (step IN ('none', 'arrears', 'education_and_deadline', 'review_self_withdrawal')),
    as_of integer NOT NULL,
    changes_on date,
    version bigint NOT NULL,
    worked_out_at timestamptz NOT NULL,
    CONSTRAINT member_account_runs CHECK (0 <= unexcused_run AND unexcused_run <= unpaid_run AND unpaid_run <= owed_months),
    CONSTRAINT member_account_since_of_run CHECK ((since_month IS NULL) = (unpaid_run = 0)),
    CONSTRAINT member_account_debt_whole CHECK ((owed_fen > 0) = (owed_months > 0)),
    CONSTRAINT member_account_step_of_debt CHECK (step = 'none' OR owed_fen > 0),
    CONSTRAINT member_account_education_from_three CHECK (step <> 'education_and_deadline' OR unpaid_run >= 3),
    CONSTRAINT member_account_review_from_six CHECK (step <> 'review_self_withdrawal' OR unexcused_run >= 6)
) WITH (fillfactor = 80);
-- The ladder of the county, and of a branch; the second also gives the sums of branches without a look at the table.
CREATE INDEX member_account_ladder ON member_account (county_id, unpaid_run DESC, owed_fen DESC, member_id DESC)
    WHERE step <> 'none';
CREATE INDEX member_account_of_branch ON member_account (branch_id, unpaid_run DESC, owed_fen DESC, member_id DESC)
    INCLUDE (county_id, step) WHERE step <> 'none';
CREATE INDEX member_account_changing ON member_account (county_id, changes_on) WHERE changes_on IS NOT NULL;

-- Whose account is to be worked out anew. Only ever added to and taken from, so that no payment waits for another.
CREATE TABLE account_touched (
    touch_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT account_touched_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL,
    touched_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION touch_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_touched (county_id, member_id)
    SELECT DISTINCT county_id, member_id FROM changed WHERE NOT ahead OR paid_fen > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER obligation_added AFTER INSERT ON obligation REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION touch_accounts();
CREATE TRIGGER obligation_changed AFTER UPDATE ON obligation REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION touch_accounts();
CREATE TRIGGER obligation_removed AFTER DELETE ON obligation REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION touch_accounts();

-- A month on the delayed list counts for no run, and counts again when it is taken off (BOOK-1).
CREATE FUNCTION touch_delayed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_touched (county_id, member_id) SELECT DISTINCT county_id, member_id FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER delay_put AFTER INSERT ON delay REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION touch_delayed();
CREATE TRIGGER delay_ended AFTER UPDATE ON delay REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION touch_delayed();

-- A member who moves takes his place on the ladder along; one who leaves stands on it no more.
CREATE FUNCTION touch_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_touched (county_id, member_id)
    SELECT changed.county_id, changed.member_id FROM changed JOIN member_account USING (member_id);
    RETURN NULL;
END $$;
CREATE TRIGGER member_changed AFTER UPDATE ON member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION touch_members();

INSERT INTO account_touched (county_id, member_id) SELECT DISTINCT county_id, member_id FROM obligation;
"""
_RECORDS = """
-- ARR-3: a proper reason for not paying, for some time. The words may tell of illness or need, so they are sealed.
CREATE TABLE arrears_reason (
    reason_id uuid CONSTRAINT arrears_reason_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT arrears_reason_member_fk REFERENCES member,
    first_day date NOT NULL,
    last_day date NOT NULL,
    words_sealed bytea NOT NULL,
    recorded_by_account uuid NOT NULL,
    recorded_by_role text NOT NULL,
    recorded_by_path text NOT NULL,
    recorded_at timestamptz NOT NULL,
    removed_by_account uuid,
    removed_at timestamptz,
    CONSTRAINT arrears_reason_days CHECK (first_day <= last_day AND last_day - first_day < 366),
    CONSTRAINT arrears_reason_removed_whole CHECK ((removed_at IS NULL) = (removed_by_account IS NULL))
);
CREATE INDEX arrears_reason_of_member ON arrears_reason (member_id, first_day);

-- What a member was reminded of. The day is that on which he is told; within seven days there is one, whoever reminds.
CREATE TABLE arrears_reminder (
    reminder_id uuid CONSTRAINT arrears_reminder_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT arrears_reminder_member_fk REFERENCES member,
    branch_id uuid NOT NULL,
    day date NOT NULL,
    due_at timestamptz NOT NULL,
    asked_by_account uuid NOT NULL,
    asked_by_role text NOT NULL,
    asked_by_path text NOT NULL,
    asked_at timestamptz NOT NULL,
    state text NOT NULL CONSTRAINT arrears_reminder_state CHECK (state IN ('waiting', 'told', 'dropped')),
    told_at timestamptz,
    owed_fen bigint,
    owed_months integer,
    wechat text CONSTRAINT arrears_reminder_wechat CHECK (wechat IN ('sent', 'not_bound', 'not_set_up', 'refused', 'failed')),
    CONSTRAINT arrears_reminder_told_whole CHECK ((state = 'told') = (told_at IS NOT NULL)
        AND (state = 'told') = (owed_fen IS NOT NULL) AND (state = 'told') = (owed_months IS NOT NULL)),
    CONSTRAINT arrears_reminder_in_the_day CHECK (told_at IS NULL OR
        extract(hour FROM told_at AT TIME ZONE 'Asia/Shanghai') BETWEEN 8 AND 20),
    CONSTRAINT arrears_reminder_once_a_week EXCLUDE USING gist (member_id WITH =, daterange(day, day + 7) WITH &&)
        WHERE (state <> 'dropped')
);
CREATE INDEX arrears_reminder_waiting ON arrears_reminder (due_at) WHERE state = 'waiting';
CREATE INDEX arrears_reminder_of_member ON arrears_reminder (member_id, day);
"""
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""


def upgrade() -> None:
    tables = ("member_account", "account_touched", "arrears_reason", "arrears_reminder")
    for text in (_ACCOUNTS, _RECORDS, *(_COUNTY_POLICY.format(table=table) for table in tables)):
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
