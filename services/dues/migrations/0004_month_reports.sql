-- BOOK-1. A branch's, a committee's or the county's report of a month, with the numbers as they stood. One that was sent back stays
-- and gives its place to the next.
CREATE TABLE month_report (
    report_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    org_id uuid NOT NULL,
    org_path ltree NOT NULL,
    level text NOT NULL CONSTRAINT month_report_level CHECK (level IN ('branch', 'committee', 'county')),
    month integer NOT NULL,
    members integer NOT NULL CONSTRAINT month_report_members_not_negative CHECK (members >= 0),
    owed_fen bigint NOT NULL CONSTRAINT month_report_owed_not_negative CHECK (owed_fen >= 0),
    paid_fen bigint NOT NULL,
    delayed integer NOT NULL CONSTRAINT month_report_delayed_not_negative CHECK (delayed >= 0),
    delayed_fen bigint NOT NULL CONSTRAINT month_report_delayed_fen_not_negative CHECK (delayed_fen >= 0),
    reported_by uuid NOT NULL,
    reported_by_member uuid,
    reported_by_path text NOT NULL,
    reported_at timestamptz NOT NULL,
    returned_by uuid,
    returned_by_path text,
    returned_at timestamptz,
    return_reason text,
    -- The gate itself: what is owed is paid or stands on the delayed list.
    CONSTRAINT month_report_all_accounted CHECK (paid_fen + delayed_fen = owed_fen),
    CONSTRAINT month_report_returned_whole CHECK (num_nonnulls(returned_by, returned_by_path, returned_at, return_reason) IN (0, 4)),
    CONSTRAINT month_report_county_not_returned CHECK (level <> 'county' OR returned_at IS NULL)
);
CREATE UNIQUE INDEX month_report_standing ON month_report (org_id, month) WHERE returned_at IS NULL;
CREATE INDEX month_report_month ON month_report (county_id, month, org_id);

-- Who may pay a month later (PAY-2), and why. Taken off, the row stays.
CREATE TABLE delay (
    delay_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL,
    month integer NOT NULL,
    branch_id uuid NOT NULL,
    billed_in integer NOT NULL,
    reason text NOT NULL CONSTRAINT delay_has_reason CHECK (reason <> ''),
    put_by uuid NOT NULL,
    put_by_path text NOT NULL,
    put_at timestamptz NOT NULL,
    ended_by uuid,
    ended_why text CONSTRAINT delay_ended_why CHECK (ended_why IN ('taken_off', 'paid')),
    ended_at timestamptz,
    CONSTRAINT delay_ended_whole CHECK (num_nonnulls(ended_by, ended_why, ended_at) IN (0, 3))
);
CREATE UNIQUE INDEX delay_standing ON delay (member_id, month) WHERE ended_at IS NULL;
CREATE INDEX delay_branch ON delay (branch_id, billed_in, delay_id);

-- DUE-11. The branch's decision and the superior's answer; no month has two.
CREATE TABLE relief (
    relief_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL REFERENCES member,
    branch_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT relief_kind CHECK (kind IN ('reduced', 'nil')),
    monthly_fen bigint NOT NULL,
    from_month integer NOT NULL,
    to_month integer NOT NULL,
    holds_to integer NOT NULL,
    reason text NOT NULL CONSTRAINT relief_has_reason CHECK (reason <> ''),
    decided_on date NOT NULL,
    entered_by uuid NOT NULL,
    entered_by_member uuid,
    entered_by_path text NOT NULL,
    entered_at timestamptz NOT NULL,
    state text NOT NULL CONSTRAINT relief_state CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
    answered_on date,
    answered_by uuid,
    answered_by_member uuid,
    answered_by_path text,
    answer_words text,
    answered_at timestamptz,
    ended_by uuid,
    ended_by_path text,
    end_words text,
    ended_at timestamptz,
    CONSTRAINT relief_amount_of_its_kind CHECK ((kind = 'nil') = (monthly_fen = 0) AND monthly_fen >= 0),
    CONSTRAINT relief_period CHECK (from_month <= to_month AND holds_to <= to_month),
    CONSTRAINT relief_two_persons CHECK (answered_by <> entered_by),
    CONSTRAINT relief_answered_whole CHECK (num_nonnulls(answered_on, answered_by, answered_by_path, answer_words, answered_at) IN (0, 5)),
    CONSTRAINT relief_answer_makes_state CHECK (
        (state IN ('approved', 'refused')) = (answered_by IS NOT NULL)
        OR (state = 'withdrawn' AND ended_by IS NOT NULL)),
    CONSTRAINT relief_ended_whole CHECK (num_nonnulls(ended_by, ended_by_path, end_words, ended_at) IN (0, 4)),
    -- Empty when it was ended before it began: then it stands in nobody's way.
    CONSTRAINT relief_of_a_month_once EXCLUDE USING gist (
        member_id WITH =, int4range(from_month, greatest(holds_to + 1, from_month)) WITH &&)
        WHERE (state IN ('waiting', 'approved'))
);
CREATE INDEX relief_branch ON relief (branch_id, relief_id);
CREATE INDEX relief_member ON relief (member_id) WHERE state = 'approved';

-- What a relief makes of an obligation: which one it was, and what would be owed without it (ARR-4). No foreign key: it would be asked
-- about at each payment, and a relief is never removed.
ALTER TABLE obligation ADD COLUMN relief_id uuid;
ALTER TABLE obligation ADD COLUMN full_fen bigint;
ALTER TABLE obligation ADD CONSTRAINT obligation_relief_never_raises
    CHECK (full_fen IS NULL OR relief_id IS NOT NULL AND amount_fen <= full_fen) NOT VALID;
ALTER TABLE obligation VALIDATE CONSTRAINT obligation_relief_never_raises;
CREATE INDEX obligation_billed ON obligation (branch_id, billed_in);

-- PAY-2, PAY-3. The branch's consent, and for back payment its superior's note.
CREATE TABLE consent (
    consent_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL REFERENCES member,
    branch_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT consent_kind CHECK (kind IN ('quarterly', 'on_behalf', 'back_payment')),
    from_month integer NOT NULL,
    to_month integer NOT NULL,
    agreed_on date NOT NULL,
    words text NOT NULL CONSTRAINT consent_has_words CHECK (words <> ''),
    entered_by uuid NOT NULL,
    entered_by_member uuid,
    entered_by_path text NOT NULL,
    entered_at timestamptz NOT NULL,
    noted_by uuid,
    noted_by_member uuid,
    noted_by_path text,
    note_words text,
    noted_at timestamptz,
    withdrawn_by uuid,
    withdraw_words text,
    withdrawn_at timestamptz,
    CONSTRAINT consent_period CHECK (from_month <= to_month),
    CONSTRAINT consent_two_persons CHECK (noted_by <> entered_by),
    CONSTRAINT consent_noted_whole CHECK (num_nonnulls(noted_by, noted_by_path, note_words, noted_at) IN (0, 4)),
    CONSTRAINT consent_note_for_back_payment CHECK (noted_by IS NULL OR kind = 'back_payment'),
    CONSTRAINT consent_withdrawn_whole CHECK (num_nonnulls(withdrawn_by, withdraw_words, withdrawn_at) IN (0, 3))
);
CREATE INDEX consent_branch ON consent (branch_id, consent_id);
CREATE INDEX consent_member ON consent (member_id) WHERE withdrawn_at IS NULL;

-- BOOK-1 in the database. A month is closed for a branch from its report on, for everybody once it is settled.
CREATE FUNCTION month_closed(of_county text, of_branch uuid, billed integer) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM month_report WHERE org_id = of_branch AND month = billed AND returned_at IS NULL)
        OR EXISTS (SELECT FROM dues_month WHERE county_id = of_county AND month = billed AND state = 'settled')
$$;

-- Raised as a failure to serialize: who lost against a report that came meanwhile is run again and then finds the month closed.
CREATE FUNCTION obligation_of_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF month_closed(OLD.county_id, OLD.branch_id, OLD.billed_in) OR month_closed(NEW.county_id, NEW.branch_id, NEW.billed_in) THEN
        RAISE EXCEPTION 'obligation % of % is closed', NEW.member_id, NEW.month USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;
-- What a payment changes is not in the list, so paying later asks nothing.
CREATE TRIGGER obligation_closed
    BEFORE UPDATE OF county_id, branch_id, billed_in, month, amount_fen, full_fen, relief_id, assessment_version ON obligation
    FOR EACH ROW WHEN ((OLD.county_id, OLD.branch_id, OLD.billed_in, OLD.month, OLD.amount_fen, OLD.full_fen, OLD.relief_id, OLD.assessment_version)
        IS DISTINCT FROM (NEW.county_id, NEW.branch_id, NEW.billed_in, NEW.month, NEW.amount_fen, NEW.full_fen, NEW.relief_id, NEW.assessment_version))
    EXECUTE FUNCTION obligation_of_open_month();
CREATE FUNCTION obligations_of_open_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT county_id, branch_id, billed_in FROM touched) AS each
               WHERE month_closed(county_id, branch_id, billed_in)) THEN
        RAISE EXCEPTION 'an obligation of a closed month' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER obligation_not_added AFTER INSERT ON obligation REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION obligations_of_open_months();
CREATE TRIGGER obligation_not_removed AFTER DELETE ON obligation REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION obligations_of_open_months();

CREATE FUNCTION delay_of_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE row delay := coalesce(NEW, OLD);
BEGIN
    IF month_closed(row.county_id, row.branch_id, row.billed_in) THEN
        RAISE EXCEPTION 'the delayed list of % is closed', row.billed_in USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN row;
END $$;
CREATE TRIGGER delay_closed BEFORE INSERT OR UPDATE OR DELETE ON delay FOR EACH ROW EXECUTE FUNCTION delay_of_open_month();

-- A report's numbers are frozen; sent back it may be once, and not after the month is settled.
CREATE FUNCTION month_report_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'a report is not removed';
    END IF;
    IF OLD.returned_at IS NOT NULL OR (to_jsonb(OLD) - '{returned_by,returned_by_path,returned_at,return_reason}'::text[])
        <> (to_jsonb(NEW) - '{returned_by,returned_by_path,returned_at,return_reason}'::text[]) THEN
        RAISE EXCEPTION 'the numbers of a report are frozen';
    END IF;
    IF EXISTS (SELECT FROM dues_month WHERE county_id = OLD.county_id AND month = OLD.month AND state = 'settled') THEN
        RAISE EXCEPTION 'the month % is settled', OLD.month;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER month_report_frozen BEFORE UPDATE OR DELETE ON month_report FOR EACH ROW EXECUTE FUNCTION month_report_frozen();
CREATE TRIGGER month_report_not_truncated BEFORE TRUNCATE ON month_report FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION dues_month_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the month % is settled', OLD.month;
END $$;
CREATE TRIGGER dues_month_settled BEFORE UPDATE OR DELETE ON dues_month
    FOR EACH ROW WHEN (OLD.state = 'settled') EXECUTE FUNCTION dues_month_settled();

-- One look for a whole statement, however many postings it adds.
CREATE FUNCTION posting_in_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT county_id, booked_month FROM added) AS each
               JOIN dues_month USING (county_id) WHERE month = booked_month AND state = 'settled') THEN
        RAISE EXCEPTION 'a settled month takes no posting' USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_in_open_month';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_in_open_month AFTER INSERT ON posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION posting_in_open_month();
