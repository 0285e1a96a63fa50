-- What several nodes on one catalog tell each other. Times are milliseconds since 1970-01-01 UTC by this database's
-- clock.

-- A node is alive while its lease lasts.
CREATE TABLE nodes (
  name        TEXT   NOT NULL PRIMARY KEY,
  started_at  BIGINT NOT NULL,
  lease_until BIGINT NOT NULL
);

-- Which node has a connection that brings a file. The highest number is the newest connection; the others are to let
-- go. No reference to nodes: a node that was taken for dead may come back.
CREATE TABLE claims (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file   TEXT   NOT NULL,   -- FileIdentity::fingerprint()
  node   TEXT   NOT NULL,
  UNIQUE (file, node)
) WITH (fillfactor = 50);
CREATE INDEX claims_by_node ON claims (node);

-- Unfinished files in the object store, for whichever node the camera reaches next.
CREATE TABLE partials (
  id              UUID   NOT NULL PRIMARY KEY,
  file            TEXT   NOT NULL,
  imei            BIGINT NOT NULL,
  size            BIGINT NOT NULL CHECK (size > 0),
  sha256          TEXT   NOT NULL CHECK (length(sha256) = 64),
  rejected_sha256 TEXT   NOT NULL,
  object_key      TEXT   NOT NULL CHECK (object_key <> ''),
  node            TEXT   NOT NULL,
  left_at         BIGINT NOT NULL
);
CREATE INDEX partials_by_file ON partials (file, size);
CREATE INDEX partials_by_age  ON partials (left_at);
