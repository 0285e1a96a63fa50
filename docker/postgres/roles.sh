#!/bin/sh
# Run once by the postgres image, on an empty volume: the two roles of docs/postgresql.md, the owner of the tables and the servers.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v owner_password="$(cat "${SECRETS:-/run/secrets}/catalog_owner_password")" \
  -v password="$(cat "${SECRETS:-/run/secrets}/catalog_password")" <<'END'
CREATE ROLE dualcam_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE dualcam LOGIN PASSWORD :'password';
CREATE DATABASE dualcam OWNER dualcam_owner ENCODING 'UTF8' TEMPLATE template0;
\connect dualcam
CREATE SCHEMA dualcam AUTHORIZATION dualcam_owner;
ALTER DATABASE dualcam SET search_path = dualcam;
GRANT USAGE ON SCHEMA dualcam TO dualcam;
ALTER DEFAULT PRIVILEGES FOR ROLE dualcam_owner IN SCHEMA dualcam
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dualcam;
END
