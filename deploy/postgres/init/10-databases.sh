#!/bin/bash
# Makes the two databases, each owned by a user of its own. The image runs this once, on an empty volume.
# The migrations make their extensions themselves: ltree and btree_gist are trusted, a database's owner may create them.
set -euo pipefail

make_database() {
    # psql quotes the values itself (:"name", :'password'). The password comes from psql's own environment, since arguments
    # are visible in the list of processes.
    psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres --set name="$1" <<SQL
\getenv password $2
CREATE ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
GRANT platform_service TO :"name";
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
}

# As this role the services work: it owns nothing, and row security holds for it.
psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres --command 'CREATE ROLE platform_service NOLOGIN'

: "${MEMBERS_DATABASE_PASSWORD:?is missing: the password of the members service on its database}"
: "${DUES_DATABASE_PASSWORD:?is missing: the password of the dues service on its database}"
make_database members MEMBERS_DATABASE_PASSWORD
make_database dues DUES_DATABASE_PASSWORD
