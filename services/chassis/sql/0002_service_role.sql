-- The role as which services work: it owns nothing, bypasses nothing, and holds to row security. Owners and their tools do not.
-- It belongs to the whole server, so the two databases of one server meet here.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'platform_service') THEN
        CREATE ROLE platform_service NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;  -- the other database's migration, at the same moment
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role platform_service is missing, and this user may not make it'
            USING HINT = 'As the server''s administrator: CREATE ROLE platform_service NOLOGIN; '
                         || 'GRANT platform_service TO ' || quote_ident(current_user) || ';';
END $$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'platform_service', 'MEMBER') THEN
        EXECUTE 'GRANT platform_service TO ' || quote_ident(current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'this user is not a member of the role platform_service'
            USING HINT = 'As the server''s administrator: GRANT platform_service TO ' || quote_ident(current_user) || ';';
END $$;
GRANT USAGE ON SCHEMA public TO platform_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO platform_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO platform_service;
-- What later migrations of this owner make is open to the service too; row security they say themselves.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO platform_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO platform_service;
