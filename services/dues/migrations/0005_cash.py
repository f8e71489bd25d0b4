"""Cash with its two persons, its way to the bank, and what is given beyond the dues (PAY-2, PAY-5, PAY-6, BOOK-3)."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("cash_taking", "cash_box", "cash_deposit", "centre_extra")
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""
_CASH = """
-- Cash that one administrator took from members of his branch and another person confirms. Its months are reserved by its orders,
-- one for each member, who pays for himself (PAY-5).
CREATE TABLE cash_taking (
    taking_id uuid CONSTRAINT cash_taking_pk PRIMARY KEY,
    county_id text NOT NULL,
    branch_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT cash_taking_state CHECK (state IN ('waiting', 'confirmed', 'refused', 'withdrawn')),
    total_fen bigint NOT NULL CONSTRAINT cash_taking_total_positive CHECK (total_fen > 0),
    extra_fen bigint NOT NULL CONSTRAINT cash_taking_extra_within_total CHECK (extra_fen BETWEEN 0 AND total_fen),
    people integer NOT NULL CONSTRAINT cash_taking_people_positive CHECK (people > 0),
    months integer NOT NULL CONSTRAINT cash_taking_months_positive CHECK (months > 0),
    taken_by uuid NOT NULL,
    taken_by_name text NOT NULL,
    taken_at timestamptz NOT NULL,
    decided_by uuid,
    decided_by_name text NOT NULL DEFAULT '',
    decided_at timestamptz,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT cash_taking_decided_whole CHECK
        ((state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    -- Whoever took the money never confirms it, and only he withdraws it.
    CONSTRAINT cash_taking_two_persons CHECK ((state = 'withdrawn') = (decided_by = taken_by) OR state = 'waiting'),
    CONSTRAINT cash_taking_release_has_reason CHECK ((state IN ('refused', 'withdrawn')) = (reason <> ''))
);
CREATE INDEX cash_taking_of_branch ON cash_taking (branch_id, taking_id);

-- What a branch has in hand, kept beside the ledger so that the database itself holds it to be never below zero. The audit
-- compares both.
CREATE TABLE cash_box (
    branch_id uuid CONSTRAINT cash_box_pk PRIMARY KEY,
    county_id text NOT NULL,
    held_fen bigint NOT NULL CONSTRAINT cash_box_not_below_zero CHECK (held_fen >= 0),
    promised_fen bigint NOT NULL DEFAULT 0 CONSTRAINT cash_box_promise_in_hand CHECK
        (promised_fen >= 0 AND promised_fen <= held_fen)
);

-- Cash that a branch says it brought to the bank. The books move only when another person has found it on the statement.
CREATE TABLE cash_deposit (
    deposit_id uuid CONSTRAINT cash_deposit_pk PRIMARY KEY,
    county_id text NOT NULL,
    branch_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT cash_deposit_state CHECK (state IN ('handed_in', 'confirmed', 'differs', 'withdrawn')),
    amount_fen bigint NOT NULL CONSTRAINT cash_deposit_amount_positive CHECK (amount_fen > 0),
    banked_on date NOT NULL,
    slip_number text NOT NULL CONSTRAINT cash_deposit_slip_named CHECK (slip_number <> ''),
    handed_in_by uuid NOT NULL,
    handed_in_by_name text NOT NULL,
    handed_in_at timestamptz NOT NULL,
    statement_fen bigint,
    statement_slip text NOT NULL DEFAULT '',
    decided_by uuid,
    decided_by_name text NOT NULL DEFAULT '',
    decided_at timestamptz,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT cash_deposit_decided_whole CHECK
        ((state = 'handed_in') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT cash_deposit_two_persons CHECK (state NOT IN ('confirmed', 'differs') OR decided_by <> handed_in_by),
    CONSTRAINT cash_deposit_confirmed_as_stated CHECK
        (state <> 'confirmed' OR (statement_fen IS NOT NULL AND (statement_fen, statement_slip) = (amount_fen, slip_number))),
    CONSTRAINT cash_deposit_withdrawal_has_reason CHECK ((state = 'withdrawn') = (reason <> ''))
);
CREATE INDEX cash_deposit_of_branch ON cash_deposit (branch_id, deposit_id);
CREATE UNIQUE INDEX cash_deposit_slip_once ON cash_deposit (county_id, slip_number) WHERE state <> 'withdrawn';

-- PAY-6: an extra of a thousand yuan or more, with the member's short particulars as they were when it was paid.
CREATE TABLE centre_extra (
    order_id uuid CONSTRAINT centre_extra_pk PRIMARY KEY CONSTRAINT centre_extra_order_fk REFERENCES orders,
    county_id text NOT NULL,
    member_id uuid NOT NULL,
    branch_id uuid NOT NULL,
    member_name text NOT NULL,
    branch_name text NOT NULL,
    member_class text NOT NULL,
    amount_fen bigint NOT NULL CONSTRAINT centre_extra_from_a_thousand_yuan CHECK (amount_fen >= 100000),
    paid_on date NOT NULL,
    state text NOT NULL CONSTRAINT centre_extra_state CHECK (state IN ('collected', 'passed_on', 'receipted')),
    passed_on_at timestamptz,
    centre_receipt text NOT NULL DEFAULT '',
    receipted_at timestamptz,
    CONSTRAINT centre_extra_state_whole CHECK ((state = 'collected') = (passed_on_at IS NULL)
        AND (state = 'receipted') = (receipted_at IS NOT NULL) AND (state = 'receipted') = (centre_receipt <> ''))
);
CREATE INDEX centre_extra_of_branch ON centre_extra (branch_id, order_id);

-- An order is paid over WeChat, or is a member's part of a taking of cash: then the provider never hears of it.
ALTER TABLE orders ADD COLUMN channel text NOT NULL DEFAULT 'wechat'
    CONSTRAINT orders_channel CHECK (channel IN ('wechat', 'cash'));
ALTER TABLE orders ADD COLUMN taking_id uuid CONSTRAINT orders_taking_fk REFERENCES cash_taking;
ALTER TABLE orders ADD COLUMN extra_fen bigint NOT NULL DEFAULT 0
    CONSTRAINT orders_extra_bounded CHECK (extra_fen BETWEEN 0 AND 10000000);
ALTER TABLE orders ADD COLUMN extra_branch_id uuid;
ALTER TABLE orders ADD CONSTRAINT orders_extra_whole CHECK
    ((extra_fen = 0) = (extra_branch_id IS NULL) AND extra_fen <= total_fen);
ALTER TABLE orders ADD CONSTRAINT orders_cash_of_a_taking CHECK ((channel = 'cash') = (taking_id IS NOT NULL));
ALTER TABLE orders ADD CONSTRAINT orders_cash_not_at_provider CHECK (channel <> 'cash'
    OR (prepay_id IS NULL AND next_query_at IS NULL AND state IN ('created', 'succeeded', 'closed')));
CREATE INDEX orders_of_taking ON orders (taking_id) WHERE taking_id IS NOT NULL;

ALTER TABLE posting ADD COLUMN deposit_id uuid;
ALTER TABLE posting ADD CONSTRAINT posting_deposit_named CHECK (entry <> 'cash_deposited' OR deposit_id IS NOT NULL);
CREATE UNIQUE INDEX posting_extra_paid_once ON posting (order_id) WHERE entry = 'extra_paid';
CREATE UNIQUE INDEX posting_deposit_once ON posting (deposit_id) WHERE entry = 'cash_deposited';

ALTER TABLE receipt ADD COLUMN extra_fen bigint NOT NULL DEFAULT 0;
ALTER TABLE receipt ADD COLUMN collector_name text NOT NULL DEFAULT '';
ALTER TABLE receipt ADD CONSTRAINT receipt_extra_within_amount CHECK (extra_fen BETWEEN 0 AND amount_fen);
ALTER TABLE receipt ADD CONSTRAINT receipt_of_cash_names_collector CHECK ((channel = 'cash') = (collector_name <> ''));
"""


def upgrade() -> None:
    # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
    for text in (_CASH, *(_COUNTY_POLICY.format(table=table) for table in _TABLES)):
        op.get_bind().exec_driver_sql(text)
