"""Row security: the second net beneath the checks of the use cases (REG-8; docs/decisions/0012).

Each row is seen only for its county. A person's call sees further only along the tree: his own record, and those of members whose
present branch stands beneath an office of his. Jobs, events and steps before a sign-in see the county.
"""

from alembic import op

from services.chassis.tables import creation_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = (
    *("member", "membership", "member_status", "member_class_period", "account", "sign_in_failure", "session"),
    *("refresh_token", "activation_code", "role_grant", "roster_import", "roster_import_row", "roster_export"),
    *("notice", "feedback"),
)

_ME = "nullif(current_setting('app.member', true), '')::uuid"
_ACCOUNT = "nullif(current_setting('app.account', true), '')::uuid"
_REACH = "nullif(current_setting('app.reach', true), '')::ltree[]"
_OF_MEMBER = f"""member_id = {_ME} OR EXISTS (
    SELECT FROM membership AS present WHERE present.member_id = {{table}}.member_id AND present.to_day IS NULL)"""
"""Somebody whose present membership is in sight; ``membership`` has its own policy."""
_AT_ORGANISATION = f"EXISTS (SELECT FROM organisation AS o WHERE o.id = {{table}}.org_id AND o.path <@ ({_REACH}))"
_PERSON = {
    # By the account too: who belongs to no branch any more has a session without a membership, and his own record all the same.
    "member": f"""id = {_ME} OR id = (SELECT own.member_id FROM account AS own WHERE own.id = {_ACCOUNT})
        OR EXISTS (SELECT FROM membership AS present WHERE present.member_id = member.id AND present.to_day IS NULL)""",  # noqa: S608
    "membership": f"""member_id = {_ME} OR to_day IS NULL AND EXISTS (
        SELECT FROM organisation AS o WHERE o.id = membership.branch_id AND o.path <@ ({_REACH}))""",
    "member_status": _OF_MEMBER,
    "member_class_period": _OF_MEMBER,
    "account": f"id = {_ACCOUNT} OR {_OF_MEMBER}",
    "session": f"account_id = {_ACCOUNT} OR EXISTS (SELECT FROM account AS a WHERE a.id = session.account_id)",
    "refresh_token": "false",
    "activation_code": _OF_MEMBER,
    "roster_import": _AT_ORGANISATION,
    "roster_import_row": "EXISTS (SELECT FROM roster_import AS i WHERE i.id = roster_import_row.import_id)",
    "roster_export": _AT_ORGANISATION,
    "notice": f"member_id = {_ME}",
    "audit": f"actor_account_id = {_ACCOUNT} OR about_member_id = {_ME}",
}
"""What a person sees beside his county. Not here: ``role_grant``, since a refusal rests on grants that lie outside the caller's
reach; ``sign_in_failure``, whose subjects are blind indexes; ``feedback``, which the whole county's administrator reads."""

_COUNTY_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON {table} USING (county_id = current_setting('app.county', true));
"""
_OWN = ("session", "refresh_token", "notice", "audit")
"""Of these an office over the whole county sees no more than any person."""
_PERSON_POLICY = """
CREATE POLICY person ON {table} AS RESTRICTIVE USING (current_setting('app.scope', true) IN ({free}) OR ({seen}));
"""
_AUDIT_POLICY = """
-- The chain is laid over the whole trail, so the jobs see all of it.
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY county ON audit USING (
    county_id = current_setting('app.county', true) OR current_setting('app.scope', true) = 'system');
"""


def upgrade() -> None:
    statements = [creation_sql("0002_service_role"), _AUDIT_POLICY]
    statements += [_COUNTY_POLICY.format(table=table) for table in _TABLES]
    for table, seen in _PERSON.items():
        free = "'county', 'system'" if table in _OWN else "'county', 'system', 'whole'"
        statements.append(_PERSON_POLICY.format(table=table, free=free, seen=seen.replace("{table}", table)))
    for text in statements:
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(text)
