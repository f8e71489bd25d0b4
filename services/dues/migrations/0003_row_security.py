"""Row security: the second net beneath the checks of the use cases (REG-8; docs/decisions/0012).

Each row is seen only for its county, and a person's call sees of receipts only those of his own months and of his own payments.
"""

from alembic import op

from services.chassis.tables import creation_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    *("member", "assessment", "obligation", "orders", "order_line", "beneficiary", "provider_payment", "refund"),
    *("payment_exception", "posting", "receipt"),
)
_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""
_PERSONS = """
-- The chain is laid over the whole trail, so the jobs see all of it.
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON audit USING (
    county_id = current_setting('app.county', true) OR current_setting('app.scope', true) = 'system');
CREATE POLICY person ON receipt AS RESTRICTIVE USING (
    current_setting('app.scope', true) IN ('county', 'system')
    OR nullif(current_setting('app.member', true), '')::uuid IN (member_id, payer_id));
CREATE POLICY person ON audit AS RESTRICTIVE USING (
    current_setting('app.scope', true) IN ('county', 'system')
    OR actor_account_id = nullif(current_setting('app.account', true), '')::uuid
    OR about_member_id = nullif(current_setting('app.member', true), '')::uuid);
"""
_COUNTIES = """
-- Rows that belong to an order or a payer get their county from the connection that writes them.
ALTER TABLE order_line ADD COLUMN county_id text;
UPDATE order_line SET county_id = orders.county_id FROM orders WHERE orders.order_id = order_line.order_id;
ALTER TABLE order_line ALTER COLUMN county_id SET DEFAULT current_setting('app.county', true);
ALTER TABLE provider_payment ADD COLUMN county_id text;
UPDATE provider_payment SET county_id = orders.county_id FROM orders WHERE orders.order_id = provider_payment.order_id;
ALTER TABLE provider_payment ALTER COLUMN county_id SET DEFAULT current_setting('app.county', true);
ALTER TABLE beneficiary ADD COLUMN county_id text;
UPDATE beneficiary SET county_id = member.county_id FROM member WHERE member.member_id = beneficiary.payer_id;
ALTER TABLE beneficiary ALTER COLUMN county_id SET DEFAULT current_setting('app.county', true);

-- Beneath row security only what the database holds to be leak-proof is looked up in an index; comparing paths is not.
-- So a subtree's rows are found by its branches' ids.
DROP INDEX obligation_branch_month;
CREATE INDEX obligation_of_branch ON obligation (branch_id, month);
DROP INDEX member_branch_path;
"""


def upgrade() -> None:
    statements = [creation_sql("0002_service_role"), _COUNTIES]
    statements += [_COUNTY_POLICY.format(table=table) for table in _TABLES]
    statements.append(_PERSONS)
    for text in statements:
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
