"""Refunds of settled orders: who asks and who decides, line by line; several refunds of one order, never more than was paid."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_REQUESTS = """
-- Somebody asks that lines of a paid order go back, and another decides (PAY-11).
CREATE TABLE refund_request (
    refund_request_id uuid CONSTRAINT refund_request_pk PRIMARY KEY,
    county_id text NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    state text NOT NULL CONSTRAINT refund_request_state CHECK (state IN ('waiting', 'approved', 'refused')),
    amount_fen bigint NOT NULL CONSTRAINT refund_request_amount_positive CHECK (amount_fen > 0),
    reason text NOT NULL,
    words text NOT NULL,
    by_payer boolean NOT NULL,
    asked_by_account uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    decided_by_account uuid,
    decided_words text,
    decided_at timestamptz,
    CONSTRAINT refund_request_by_two CHECK (decided_by_account <> asked_by_account),
    CONSTRAINT refund_request_decided_whole CHECK
        ((state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by_account IS NULL)),
    CONSTRAINT refund_request_refused_with_words CHECK (state <> 'refused' OR decided_words <> '')
);
CREATE INDEX refund_request_of_order ON refund_request (order_id);
CREATE INDEX refund_request_by_state ON refund_request (county_id, state, refund_request_id);

CREATE TABLE refund_line (
    refund_request_id uuid NOT NULL REFERENCES refund_request,
    line_no integer NOT NULL,
    order_id uuid NOT NULL,
    county_id text NOT NULL,
    stands boolean NOT NULL,
    CONSTRAINT refund_line_pk PRIMARY KEY (refund_request_id, line_no),
    CONSTRAINT refund_line_of_order FOREIGN KEY (order_id, line_no) REFERENCES order_line
);
-- One refund for a line, asked for, on its way or done, whatever two people do at once.
CREATE UNIQUE INDEX refund_line_once ON refund_line (order_id, line_no) WHERE stands;

ALTER TABLE refund_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON refund_request USING (county_id = current_setting('app.county', true));
ALTER TABLE refund_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON refund_line USING (county_id = current_setting('app.county', true));
"""
_MONEY = """
-- What of an order is promised back, sent or not. Counted by the database itself, so that no way to a refund passes it by.
ALTER TABLE orders ADD COLUMN refunded_fen bigint NOT NULL DEFAULT 0;
UPDATE orders SET refunded_fen = given.fen
FROM (SELECT order_id, sum(amount_fen) AS fen FROM refund GROUP BY order_id) AS given WHERE given.order_id = orders.order_id;
ALTER TABLE orders ADD CONSTRAINT orders_refunded_within_total CHECK (refunded_fen BETWEEN 0 AND total_fen);

CREATE FUNCTION count_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET refunded_fen = refunded_fen + NEW.amount_fen WHERE order_id = NEW.order_id;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_counted AFTER INSERT ON refund FOR EACH ROW EXECUTE FUNCTION count_refund();
CREATE FUNCTION refund_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a refund keeps its order and its amount, and is never deleted';
END $$;
CREATE TRIGGER refund_amount_stays BEFORE UPDATE OF order_id, amount_fen ON refund FOR EACH ROW
    WHEN ((OLD.order_id, OLD.amount_fen) IS DISTINCT FROM (NEW.order_id, NEW.amount_fen)) EXECUTE FUNCTION refund_stays();
CREATE TRIGGER refund_not_deleted BEFORE DELETE ON refund FOR EACH ROW EXECUTE FUNCTION refund_stays();

-- One refund for late money as before, and one for each request that was approved.
ALTER TABLE refund DROP CONSTRAINT refund_order_once;
ALTER TABLE refund ADD COLUMN refund_request_id uuid CONSTRAINT refund_request_once UNIQUE REFERENCES refund_request;
CREATE UNIQUE INDEX refund_late_once ON refund (order_id) WHERE refund_request_id IS NULL;
CREATE INDEX refund_of_order ON refund (order_id);
-- By which way the money goes back: the one by which it came.
ALTER TABLE refund ADD COLUMN channel text NOT NULL DEFAULT 'wechat';
-- What the provider can't send is paid by hand: one enters how, another confirms.
ALTER TABLE refund ADD COLUMN hand_words text;
ALTER TABLE refund ADD COLUMN hand_by_account uuid;
ALTER TABLE refund ADD COLUMN hand_at timestamptz;
ALTER TABLE refund ADD COLUMN hand_confirmed_by_account uuid;
ALTER TABLE refund ADD CONSTRAINT refund_hand_whole CHECK
    ((hand_words IS NULL) = (hand_by_account IS NULL) AND (hand_words IS NULL) = (hand_at IS NULL));
ALTER TABLE refund ADD CONSTRAINT refund_hand_by_two CHECK (hand_confirmed_by_account <> hand_by_account);
ALTER TABLE refund ADD CONSTRAINT refund_hand_confirmed CHECK
    (hand_confirmed_by_account IS NULL OR (state = 'succeeded' AND hand_by_account IS NOT NULL));
CREATE INDEX refund_abnormal ON refund (refund_id) WHERE state = 'abnormal';

-- An order may send several refunds back, each once.
ALTER TABLE posting ADD COLUMN refund_id uuid;
DROP INDEX posting_order_step_once;
CREATE UNIQUE INDEX posting_order_step_once ON posting (order_id, entry)
    WHERE entry IN ('late_payment', 'suspense_refund_asked') OR (entry = 'refund_sent' AND refund_id IS NULL);
CREATE UNIQUE INDEX posting_refund_step_once ON posting (refund_id, entry) WHERE refund_id IS NOT NULL;

-- A void keeps its number (BOOK-7); what is left of it is on the receipt that takes its place.
ALTER TABLE receipt DROP CONSTRAINT receipt_person_once;
CREATE UNIQUE INDEX receipt_person_once ON receipt (order_id, member_id, branch_id) WHERE NOT void;
ALTER TABLE receipt ADD COLUMN replaces uuid CONSTRAINT receipt_replaced_once UNIQUE REFERENCES receipt;
ALTER TABLE receipt ADD COLUMN voided_at timestamptz;
"""


def upgrade() -> None:
    for text in (_REQUESTS, _MONEY):
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
