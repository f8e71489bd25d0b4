-- Local copies of what the members service tells. Kept in step by version, never written by anything else.
CREATE TABLE organisation (
    org_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    parent_id uuid,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    path ltree NOT NULL CONSTRAINT organisation_path_once UNIQUE,
    version bigint NOT NULL
);
CREATE INDEX organisation_path ON organisation USING gist (path);

CREATE TABLE member (
    member_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    name text NOT NULL,
    household text NOT NULL,
    branch_id uuid NOT NULL,
    branch_path ltree NOT NULL,
    member_class text NOT NULL,
    status text NOT NULL,
    joined_on date NOT NULL,
    branches jsonb NOT NULL,
    classes jsonb NOT NULL,
    statuses jsonb NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX member_branch_path ON member USING gist (branch_path);
CREATE INDEX member_branch ON member (branch_id, name, member_id);
CREATE INDEX member_household ON member (county_id, household) WHERE household <> '';

-- People a payer chose or found by full name and phone tail (PAY-7).
CREATE TABLE beneficiary (
    payer_id uuid NOT NULL,
    member_id uuid NOT NULL,
    favourite boolean NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (payer_id, member_id)
);

CREATE TABLE rule_profile (
    county_id text NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    valid_from integer NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (county_id, code, version)
);

-- DUE-15. The amount is plain, the pay behind it is sealed.
CREATE TABLE assessment (
    assessment_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL REFERENCES member,
    version integer NOT NULL CONSTRAINT assessment_version_positive CHECK (version > 0),
    effective_from integer NOT NULL,
    member_class text NOT NULL,
    amount_fen bigint NOT NULL CONSTRAINT assessment_amount_not_negative CHECK (amount_fen >= 0),
    record_sealed bytea NOT NULL,
    profile text NOT NULL,
    set_by_account uuid,
    set_by_role text NOT NULL,
    set_by_path text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT assessment_version_once UNIQUE (member_id, version)
);

-- BOOK-1.
CREATE TABLE dues_month (
    county_id text NOT NULL,
    month integer NOT NULL,
    state text NOT NULL CONSTRAINT dues_month_state CHECK
        (state IN ('draft', 'open', 'branch_reported', 'committee_reported', 'settled')),
    opened_at timestamptz,
    PRIMARY KEY (county_id, month)
);

-- What a member owes for a month. Amount null: nobody has assessed it.
CREATE TABLE obligation (
    member_id uuid NOT NULL,
    month integer NOT NULL,
    county_id text NOT NULL,
    branch_id uuid NOT NULL,
    branch_path ltree NOT NULL,
    member_class text NOT NULL,
    amount_fen bigint CONSTRAINT obligation_amount_not_negative CHECK (amount_fen >= 0),
    paid_fen bigint NOT NULL DEFAULT 0 CONSTRAINT obligation_paid_not_negative CHECK (paid_fen >= 0),
    basis text NOT NULL,
    assessment_version integer,
    billed_in integer NOT NULL,
    ahead boolean NOT NULL,
    PRIMARY KEY (member_id, month),
    CONSTRAINT obligation_not_overpaid CHECK (amount_fen IS NULL AND paid_fen = 0 OR paid_fen <= amount_fen)
);
CREATE INDEX obligation_branch_month ON obligation USING gist (month, branch_path);

CREATE TABLE orders (
    order_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    number text NOT NULL CONSTRAINT orders_number_once UNIQUE,
    payer_id uuid NOT NULL,
    total_fen bigint NOT NULL CONSTRAINT orders_total_positive CHECK (total_fen > 0),
    state text NOT NULL CONSTRAINT orders_state CHECK (state IN
        ('created', 'paying', 'succeeded', 'closed', 'failed', 'late_paid', 'refund_requested', 'refunded')),
    version integer NOT NULL,
    prepay_id text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settled_at timestamptz,
    next_query_at timestamptz,
    queries integer NOT NULL DEFAULT 0
);
CREATE INDEX orders_payer ON orders (payer_id, order_id);
CREATE INDEX orders_to_query ON orders (next_query_at) WHERE state IN ('created', 'paying');

CREATE TABLE order_line (
    order_id uuid NOT NULL REFERENCES orders,
    line_no integer NOT NULL,
    member_id uuid NOT NULL,
    month integer NOT NULL,
    branch_id uuid NOT NULL,
    amount_fen bigint NOT NULL CONSTRAINT order_line_amount_not_negative CHECK (amount_fen >= 0),
    live boolean NOT NULL,
    PRIMARY KEY (order_id, line_no)
);
-- One live order for a member's month, whatever two payers do at once.
CREATE UNIQUE INDEX order_line_live ON order_line (member_id, month) WHERE live;

-- What the provider says it took (PAY-9): one row a transaction, whatever repeats it.
CREATE TABLE provider_payment (
    transaction_id text PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    amount_fen bigint NOT NULL CONSTRAINT provider_payment_amount_positive CHECK (amount_fen > 0),
    paid_at timestamptz NOT NULL,
    source text NOT NULL CONSTRAINT provider_payment_source CHECK (source IN ('notice', 'query', 'close')),
    late boolean NOT NULL,
    stored_at timestamptz NOT NULL,
    CONSTRAINT provider_payment_order_once UNIQUE (order_id)
);

CREATE TABLE refund (
    refund_id uuid PRIMARY KEY,
    number text NOT NULL CONSTRAINT refund_number_once UNIQUE,
    order_id uuid NOT NULL REFERENCES orders CONSTRAINT refund_order_once UNIQUE,
    county_id text NOT NULL,
    amount_fen bigint NOT NULL CONSTRAINT refund_amount_positive CHECK (amount_fen > 0),
    reason text NOT NULL,
    state text NOT NULL CONSTRAINT refund_state CHECK (state IN ('requested', 'processing', 'succeeded', 'abnormal')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,
    succeeded_at timestamptz
);
CREATE INDEX refund_waiting ON refund (next_try_at) WHERE state IN ('requested', 'processing');

CREATE TABLE payment_exception (
    exception_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    kind text NOT NULL,
    order_id uuid,
    transaction_id text NOT NULL,
    amount_fen bigint,
    noticed_at timestamptz NOT NULL,
    CONSTRAINT payment_exception_once UNIQUE (kind, transaction_id, order_id)
);

-- BOOK-7. One row moves an amount from the credit account to the debit account, so each row balances by construction.
CREATE TABLE posting (
    posting_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    entry text NOT NULL,
    debit_kind text NOT NULL,
    debit_owner uuid NOT NULL,
    credit_kind text NOT NULL,
    credit_owner uuid NOT NULL,
    amount_fen bigint NOT NULL CONSTRAINT posting_moves_money CHECK (amount_fen > 0),
    order_id uuid,
    line_no integer,
    member_id uuid,
    month integer,
    booked_month integer NOT NULL,
    reverses uuid CONSTRAINT posting_reversed_once UNIQUE REFERENCES posting,
    booked_at timestamptz NOT NULL,
    CONSTRAINT posting_between_two_accounts CHECK ((debit_kind, debit_owner) <> (credit_kind, credit_owner)),
    CONSTRAINT posting_reversal_names_original CHECK ((entry = 'reversal') = (reverses IS NOT NULL))
);
CREATE UNIQUE INDEX posting_line_paid_once ON posting (order_id, line_no) WHERE entry = 'dues_paid';
CREATE UNIQUE INDEX posting_order_step_once ON posting (order_id, entry)
    WHERE entry IN ('late_payment', 'suspense_refund_asked', 'refund_sent');
CREATE INDEX posting_debit ON posting (debit_owner, booked_month);
CREATE INDEX posting_credit ON posting (credit_owner, booked_month);

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER posting_not_truncated BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER assessment_append_only BEFORE UPDATE OR DELETE ON assessment FOR EACH ROW EXECUTE FUNCTION append_only();

-- Running numbers without a gap: a number is taken in the transaction that uses it.
CREATE TABLE receipt_counter (
    branch_id uuid NOT NULL,
    year integer NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (branch_id, year)
);

CREATE TABLE receipt (
    receipt_id uuid PRIMARY KEY,
    county_id text NOT NULL,
    number text NOT NULL CONSTRAINT receipt_number_once UNIQUE,
    branch_id uuid NOT NULL,
    year integer NOT NULL,
    running_number integer NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    member_id uuid NOT NULL,
    payer_id uuid NOT NULL,
    member_name text NOT NULL,
    payer_name text NOT NULL,
    branch_name text NOT NULL,
    months jsonb NOT NULL,
    amount_fen bigint NOT NULL CONSTRAINT receipt_amount_positive CHECK (amount_fen > 0),
    channel text NOT NULL,
    simulated boolean NOT NULL,
    void boolean NOT NULL DEFAULT false,
    check_code text NOT NULL CONSTRAINT receipt_check_code_once UNIQUE,
    issued_at timestamptz NOT NULL,
    CONSTRAINT receipt_running_once UNIQUE (branch_id, year, running_number),
    CONSTRAINT receipt_person_once UNIQUE (order_id, member_id, branch_id)
);
CREATE INDEX receipt_member ON receipt (member_id, receipt_id);
CREATE INDEX receipt_payer ON receipt (payer_id, receipt_id);
