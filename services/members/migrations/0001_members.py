"""The organisation tree, the roster with its history, accounts and sessions, roles, roster files."""

from alembic import op

from services.chassis.tables import creation_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ORGANISATIONS = """
CREATE TABLE county (
    county_id text CONSTRAINT county_pk PRIMARY KEY,
    name text NOT NULL,
    roster_version bigint NOT NULL DEFAULT 1
);

CREATE TABLE organisation (
    id uuid CONSTRAINT organisation_pk PRIMARY KEY,
    county_id text NOT NULL CONSTRAINT organisation_county_fk REFERENCES county,
    parent_id uuid CONSTRAINT organisation_parent_fk REFERENCES organisation,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CONSTRAINT organisation_kind_known CHECK (kind IN (
        'county_committee', 'township_committee', 'department_committee', 'general_branch', 'branch', 'group')),
    path ltree NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT organisation_code_once UNIQUE (county_id, code),
    CONSTRAINT organisation_path_once UNIQUE (county_id, path),
    CONSTRAINT organisation_path_ends_in_code CHECK (subpath(path, -1)::text = code),
    CONSTRAINT organisation_root_is_county CHECK ((parent_id IS NULL) = (kind = 'county_committee')),
    CONSTRAINT organisation_root_on_top CHECK ((parent_id IS NULL) = (nlevel(path) = 1))
);
CREATE UNIQUE INDEX organisation_one_root ON organisation (county_id) WHERE parent_id IS NULL;
CREATE INDEX organisation_children ON organisation (parent_id, path);
CREATE INDEX organisation_path_gist ON organisation USING gist (path);
"""

_MEMBERS = """
CREATE TABLE member (
    id uuid CONSTRAINT member_pk PRIMARY KEY,
    county_id text NOT NULL CONSTRAINT member_county_fk REFERENCES county,
    name text NOT NULL,
    sex text NOT NULL CONSTRAINT member_sex_known CHECK (sex IN ('male', 'female')),
    nation text NOT NULL,
    born_on date NOT NULL,
    id_number_sealed bytea NOT NULL,
    id_number_index bytea NOT NULL,
    id_number_masked text NOT NULL,
    phone_sealed bytea,
    phone_index bytea,
    phone_masked text NOT NULL DEFAULT '',
    phone_tail_index bytea,
    household text NOT NULL DEFAULT '',
    away boolean NOT NULL DEFAULT false,
    away_place text NOT NULL DEFAULT '',
    joined_on date NOT NULL,
    full_on date,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT member_id_number_once UNIQUE (county_id, id_number_index),
    CONSTRAINT member_phone_whole CHECK (
        (phone_sealed IS NULL) = (phone_index IS NULL) AND (phone_sealed IS NULL) = (phone_tail_index IS NULL)
        AND (phone_sealed IS NULL) = (phone_masked = '')),
    CONSTRAINT member_full_after_joined CHECK (full_on >= joined_on)
);
CREATE INDEX member_phone ON member (county_id, phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX member_phone_tail ON member (county_id, phone_tail_index) WHERE phone_tail_index IS NOT NULL;
CREATE INDEX member_household ON member (county_id, household) WHERE household <> '';

-- REG-1: one branch on each day. What the domain decides, the database holds to.
CREATE TABLE membership (
    id uuid CONSTRAINT membership_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT membership_member_fk REFERENCES member,
    branch_id uuid NOT NULL CONSTRAINT membership_branch_fk REFERENCES organisation,
    from_day date NOT NULL,
    to_day date,
    CONSTRAINT membership_covers_a_day CHECK (to_day > from_day),
    CONSTRAINT membership_one_branch_a_day EXCLUDE USING gist (
        member_id WITH =, daterange(from_day, to_day) WITH &&)
);
CREATE UNIQUE INDEX membership_one_open ON membership (member_id) WHERE to_day IS NULL;
CREATE INDEX membership_of_branch ON membership (branch_id, member_id) WHERE to_day IS NULL;

-- REG-2: one status on each day.
CREATE TABLE member_status (
    id uuid CONSTRAINT member_status_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT member_status_member_fk REFERENCES member,
    status text NOT NULL CONSTRAINT member_status_known CHECK (status IN (
        'full', 'probationary', 'suspended', 'removed', 'transferred_out')),
    from_day date NOT NULL,
    to_day date,
    CONSTRAINT member_status_covers_a_day CHECK (to_day > from_day),
    CONSTRAINT member_status_one_a_day EXCLUDE USING gist (member_id WITH =, daterange(from_day, to_day) WITH &&)
);
CREATE UNIQUE INDEX member_status_one_open ON member_status (member_id) WHERE to_day IS NULL;

CREATE TABLE member_class_period (
    id uuid CONSTRAINT member_class_period_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT member_class_period_member_fk REFERENCES member,
    member_class text NOT NULL CONSTRAINT member_class_known CHECK (member_class IN (
        'civil_servant', 'public_institution', 'office_worker', 'enterprise', 'annual_salary', 'self_employed',
        'village_cadre', 'retired', 'farmer', 'student', 'laid_off', 'relief', 'minimum_allowance')),
    from_day date NOT NULL,
    to_day date,
    CONSTRAINT member_class_covers_a_day CHECK (to_day > from_day),
    CONSTRAINT member_class_one_a_day EXCLUDE USING gist (member_id WITH =, daterange(from_day, to_day) WITH &&)
);
CREATE UNIQUE INDEX member_class_one_open ON member_class_period (member_id) WHERE to_day IS NULL;
"""

_ACCOUNTS = """
CREATE TABLE account (
    id uuid CONSTRAINT account_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT account_member_fk REFERENCES member CONSTRAINT account_member_once UNIQUE,
    password_hash text,
    wechat_openid_sealed bytea,
    wechat_openid_index bytea,
    totp_sealed bytea,
    totp_pending_sealed bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT account_wechat_once UNIQUE (county_id, wechat_openid_index),
    CONSTRAINT account_wechat_whole CHECK ((wechat_openid_sealed IS NULL) = (wechat_openid_index IS NULL)),
    CONSTRAINT account_totp_whole CHECK ((totp_confirmed_at IS NULL) = (totp_sealed IS NULL))
);

-- Failures in a row (SEC-4), counted by blind index of what was tried and not by account: a phone that nobody has locks
-- exactly as one that somebody has, and so tells nothing.
CREATE TABLE sign_in_failure (
    county_id text NOT NULL,
    subject_index bytea NOT NULL,
    failures smallint NOT NULL CONSTRAINT sign_in_failure_counted CHECK (failures BETWEEN 1 AND 16),
    last_failure_at timestamptz NOT NULL,
    CONSTRAINT sign_in_failure_pk PRIMARY KEY (county_id, subject_index)
);
CREATE INDEX sign_in_failure_age ON sign_in_failure (last_failure_at);

CREATE TABLE session (
    id uuid CONSTRAINT session_pk PRIMARY KEY,
    county_id text NOT NULL,
    account_id uuid NOT NULL CONSTRAINT session_account_fk REFERENCES account,
    device text NOT NULL,
    second_factor boolean NOT NULL,
    signed_in_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text CONSTRAINT session_end_reason_known CHECK (end_reason IN (
        'signed_out', 'signed_out_everywhere', 'password_changed', 'second_factor_changed', 'roles_changed',
        'token_reused', 'crowded_out')),
    CONSTRAINT session_end_whole CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX session_open ON session (account_id, id) WHERE ended_at IS NULL;
CREATE INDEX session_age ON session (expires_at);

-- Every refresh token that a session has had: one that comes back after its use tells of a theft.
CREATE TABLE refresh_token (
    token_hash bytea CONSTRAINT refresh_token_pk PRIMARY KEY,
    county_id text NOT NULL,
    session_id uuid NOT NULL CONSTRAINT refresh_token_session_fk REFERENCES session ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE UNIQUE INDEX refresh_token_one_live ON refresh_token (session_id) WHERE used_at IS NULL;
CREATE INDEX refresh_token_of_session ON refresh_token (session_id);

CREATE TABLE activation_code (
    id uuid CONSTRAINT activation_code_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT activation_code_member_fk REFERENCES member,
    code_index bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    replaced_at timestamptz
);
CREATE UNIQUE INDEX activation_code_one_live ON activation_code (member_id)
    WHERE used_at IS NULL AND replaced_at IS NULL;

CREATE TABLE role_grant (
    id uuid CONSTRAINT role_grant_pk PRIMARY KEY,
    county_id text NOT NULL,
    member_id uuid NOT NULL CONSTRAINT role_grant_member_fk REFERENCES member,
    org_id uuid NOT NULL CONSTRAINT role_grant_org_fk REFERENCES organisation,
    role text NOT NULL CONSTRAINT role_grant_role_known CHECK (role IN (
        'branch_admin', 'committee_admin', 'county_admin', 'finance', 'editor', 'system_admin')),
    given_at timestamptz NOT NULL,
    given_by_account_id uuid,
    reason text NOT NULL,
    ended_at timestamptz,
    ended_by_account_id uuid,
    end_reason text,
    CONSTRAINT role_grant_end_whole CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX role_grant_one_live ON role_grant (member_id, org_id, role) WHERE ended_at IS NULL;
CREATE INDEX role_grant_of_org ON role_grant (org_id, id) WHERE ended_at IS NULL;
"""

_ROSTER_FILES = """
CREATE TABLE roster_import (
    id uuid CONSTRAINT roster_import_pk PRIMARY KEY,
    county_id text NOT NULL,
    org_id uuid NOT NULL CONSTRAINT roster_import_org_fk REFERENCES organisation,
    begun_by_account_id uuid,
    state text NOT NULL CONSTRAINT roster_import_state_known CHECK (state IN (
        'checking', 'checked', 'refused', 'applying', 'applied')),
    file_key text NOT NULL,
    file_sha256 text NOT NULL,
    file_size_bytes bigint NOT NULL,
    file_media_type text NOT NULL,
    file_name text NOT NULL DEFAULT '',
    progress_percent smallint NOT NULL DEFAULT 0 CONSTRAINT roster_import_percent CHECK (
        progress_percent BETWEEN 0 AND 100),
    counts jsonb NOT NULL DEFAULT '{}',
    refusal text NOT NULL DEFAULT '',
    refusal_detail jsonb NOT NULL DEFAULT '{}',
    plan_digest text,
    roster_version bigint,
    created_at timestamptz NOT NULL,
    applied_at timestamptz,
    CONSTRAINT roster_import_applied_whole CHECK ((state = 'applied') = (applied_at IS NOT NULL))
);

CREATE TABLE roster_import_row (
    import_id uuid NOT NULL CONSTRAINT roster_import_row_import_fk REFERENCES roster_import ON DELETE CASCADE,
    position integer NOT NULL,
    county_id text NOT NULL,
    row integer NOT NULL,
    outcome text NOT NULL CONSTRAINT roster_import_row_outcome_known CHECK (outcome IN (
        'added', 'changed', 'moved', 'unchanged', 'unmatched', 'missing')),
    name_masked text NOT NULL,
    reasons jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT roster_import_row_pk PRIMARY KEY (import_id, position)
);
CREATE INDEX roster_import_row_outcome ON roster_import_row (import_id, outcome, position);

CREATE TABLE roster_export (
    id uuid CONSTRAINT roster_export_pk PRIMARY KEY,
    county_id text NOT NULL,
    org_id uuid NOT NULL CONSTRAINT roster_export_org_fk REFERENCES organisation,
    begun_by_account_id uuid,
    purpose text NOT NULL,
    state text NOT NULL CONSTRAINT roster_export_state_known CHECK (state IN ('making', 'ready', 'failed')),
    file_key text,
    file_sha256 text,
    file_size_bytes bigint,
    file_media_type text,
    file_name text,
    rows integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT roster_export_file_whole CHECK ((state = 'ready') = (file_key IS NOT NULL))
);
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS ltree")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for statements in (creation_sql("0001_chassis"), _ORGANISATIONS, _MEMBERS, _ACCOUNTS, _ROSTER_FILES):
        # Handed to the driver as it is: a colon in the text is a cast, not a parameter.
        op.get_bind().exec_driver_sql(statements)
