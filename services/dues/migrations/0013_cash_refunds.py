"""Cash that goes back, refund requests taken back, who made and confirmed a slip, who set a rule profile (PAY-11, BOOK-2)."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_CASH = """
ALTER TABLE orders DROP CONSTRAINT orders_cash_not_at_provider;
ALTER TABLE orders ADD CONSTRAINT orders_cash_not_at_provider CHECK (channel <> 'cash' OR (prepay_id IS NULL
    AND next_query_at IS NULL AND state IN ('created', 'succeeded', 'closed', 'refund_requested', 'refunded')));

-- Cash goes back by hand: out of the box of the branch that took it, or from the county's account once it was banked. One person
-- writes down what was signed for, another confirms (refund_hand_by_two); until then the lines stay paid.
ALTER TABLE refund ADD COLUMN branch_id uuid;
ALTER TABLE refund ADD COLUMN hand_source text CONSTRAINT refund_hand_source CHECK (hand_source IN ('box', 'bank'));
ALTER TABLE refund ADD COLUMN hand_voucher text CONSTRAINT refund_hand_voucher_named CHECK (hand_voucher <> '');
ALTER TABLE refund ADD COLUMN hand_by_name text NOT NULL DEFAULT '';
ALTER TABLE refund ADD COLUMN hand_confirmed_by_name text NOT NULL DEFAULT '';
ALTER TABLE refund ADD CONSTRAINT refund_cash_of_a_branch CHECK ((channel = 'cash') = (branch_id IS NOT NULL));
ALTER TABLE refund ADD CONSTRAINT refund_hand_source_whole CHECK ((hand_source IS NULL) = (hand_voucher IS NULL)
    AND (hand_source IS NOT NULL) = (channel = 'cash' AND hand_by_account IS NOT NULL));
ALTER TABLE refund ADD CONSTRAINT refund_cash_by_hand CHECK (channel <> 'cash'
    OR (state IN ('requested', 'succeeded') AND (state = 'succeeded') = (hand_confirmed_by_account IS NOT NULL)));
CREATE INDEX refund_cash_of_branch ON refund (branch_id, refund_id) WHERE channel = 'cash';
-- One signed voucher proves one refund.
CREATE UNIQUE INDEX refund_voucher_once ON refund (branch_id, hand_voucher) WHERE hand_voucher IS NOT NULL;

-- Of the cash that a branch took, what lies on the county's account and was not sent back from there.
ALTER TABLE cash_box ADD COLUMN banked_fen bigint NOT NULL DEFAULT 0
    CONSTRAINT cash_box_banked_not_below_zero CHECK (banked_fen >= 0);
UPDATE cash_box SET banked_fen = banked.fen
FROM (SELECT credit_owner, sum(amount_fen) AS fen FROM posting WHERE entry = 'cash_deposited' GROUP BY credit_owner) AS banked
WHERE banked.credit_owner = cash_box.branch_id;
"""
_WITHDRAWN = """
-- Who asked takes his request back as long as nobody has decided on it.
ALTER TABLE refund_request DROP CONSTRAINT refund_request_state;
ALTER TABLE refund_request ADD CONSTRAINT refund_request_state CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn'));
ALTER TABLE refund_request DROP CONSTRAINT refund_request_by_two;
ALTER TABLE refund_request ADD CONSTRAINT refund_request_by_two CHECK
    (state = 'waiting' OR (state = 'withdrawn') = (decided_by_account = asked_by_account));
"""
_NAMES = """
-- Who made a slip and who confirmed it stands on its paper.
ALTER TABLE remittance ADD COLUMN made_by_name text NOT NULL DEFAULT '';
ALTER TABLE remittance ADD COLUMN arrived_by_name text NOT NULL DEFAULT '';
CREATE OR REPLACE FUNCTION remittance_confirmed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'made' OR (NEW.remittance_id, NEW.county_id, NEW.from_org, NEW.to_org, NEW.booked_month,
        NEW.year, NEW.running_number, NEW.amount_fen, NEW.cash_fen, NEW.made_by, NEW.made_at, NEW.made_by_name)
        IS DISTINCT FROM (OLD.remittance_id, OLD.county_id, OLD.from_org, OLD.to_org, OLD.booked_month,
        OLD.year, OLD.running_number, OLD.amount_fen, OLD.cash_fen, OLD.made_by, OLD.made_at, OLD.made_by_name) THEN
        RAISE EXCEPTION 'a remittance is confirmed once and never changed';
    END IF;
    RETURN NEW;
END $$;

-- Who set a version of the county's rules; those stored otherwise say nothing.
ALTER TABLE rule_profile ADD COLUMN set_by_account uuid;
ALTER TABLE rule_profile ADD COLUMN set_by_name text NOT NULL DEFAULT '';
ALTER TABLE rule_profile ADD COLUMN set_at timestamptz;
ALTER TABLE rule_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON rule_profile USING (county_id = current_setting('app.county', true));
"""


def upgrade() -> None:
    for text in (_CASH, _WITHDRAWN, _NAMES):
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
