-- Request ids with the sealed reply of their effect, stored in the effect's own transaction.
CREATE TABLE request (
    request_id uuid PRIMARY KEY,
    caller text NOT NULL,
    method text NOT NULL,
    content_hash bytea NOT NULL,
    reply_sealed bytea,
    at timestamptz NOT NULL
);
CREATE INDEX request_at ON request (at);

-- Events that wait for the relay. Position gives the order in which they are told.
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT outbox_event_once UNIQUE,
    type text NOT NULL,
    subject text NOT NULL,
    trace text NOT NULL,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX outbox_waiting ON outbox (position) WHERE published_at IS NULL;

-- Events heard, stored with their effect: a second delivery finds its id here.
CREATE TABLE inbox (
    event_id uuid NOT NULL,
    listener text NOT NULL,
    type text NOT NULL,
    handled_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, listener)
);

-- Who did or saw what (SEC-4, SEC-5). Append-only; the chain is laid over rows shortly after they are written, so that
-- no transaction waits for another's audit entry.
CREATE TABLE audit (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    county_id text NOT NULL,
    at timestamptz NOT NULL,
    actor_account_id uuid,
    actor_role text NOT NULL,
    actor_path text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    about_member_id uuid,
    purpose text NOT NULL,
    trace_id text NOT NULL,
    chain_position bigint CONSTRAINT audit_chain_position_once UNIQUE,
    chain_hash bytea,
    CONSTRAINT audit_chained_whole CHECK ((chain_position IS NULL) = (chain_hash IS NULL))
);
CREATE INDEX audit_about_member ON audit (about_member_id, entry_id) WHERE about_member_id IS NOT NULL;
CREATE INDEX audit_unchained ON audit (entry_id) WHERE chain_position IS NULL;

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.chain_position IS NULL AND NEW.chain_position IS NOT NULL
       AND (to_jsonb(NEW) - 'chain_position' - 'chain_hash') = (to_jsonb(OLD) - 'chain_position' - 'chain_hash') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
