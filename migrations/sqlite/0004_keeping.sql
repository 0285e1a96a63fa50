-- How long files are kept: holds, what is left of deleted files, what the scrub found, and whose turn each chore was.

ALTER TABLE media ADD COLUMN hold_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE media ADD COLUMN held_at     BIGINT;
CREATE INDEX media_held      ON media (imei, size) WHERE legal_hold;
CREATE INDEX media_by_object ON media (object_key);

-- Of every file that was deleted. Its object is removed after the row is; until then object_removed is 0.
CREATE TABLE tombstones (
  id             TEXT    NOT NULL PRIMARY KEY,
  imei           BIGINT  NOT NULL,
  camera         TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  captured_at    BIGINT,
  received_at    BIGINT  NOT NULL,
  size           BIGINT  NOT NULL,
  sha256         TEXT    NOT NULL,
  object_key     TEXT    NOT NULL,
  deleted_at     BIGINT  NOT NULL,
  reason         TEXT    NOT NULL,
  object_removed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tombstones_pending   ON tombstones (deleted_at, id) WHERE NOT object_removed;
CREATE INDEX tombstones_by_object ON tombstones (object_key);

-- An upload whose acknowledgement was lost is published again under its id, and so under its object's key. Once deleted
-- that id must not come back: its object may be removed at any moment. The camera sends the file again, under a new id.
CREATE TRIGGER media_never_again AFTER INSERT ON media
WHEN EXISTS (SELECT 1 FROM tombstones WHERE tombstones.id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'a file of this id was deleted');
END;

-- A daily comparison of objects and rows, and what was found. Both are bounded by the program.
CREATE TABLE scrub_runs (
  id               TEXT    NOT NULL PRIMARY KEY,
  node             TEXT    NOT NULL,
  started_at       BIGINT  NOT NULL,
  ended_at         BIGINT,
  state            TEXT    NOT NULL,   -- running complete stopped failed
  reason           TEXT    NOT NULL,
  objects          BIGINT  NOT NULL,
  files            BIGINT  NOT NULL,
  orphans          BIGINT  NOT NULL,
  missing          BIGINT  NOT NULL,
  wrong_size       BIGINT  NOT NULL,
  damaged          BIGINT  NOT NULL,
  hashed_files     BIGINT  NOT NULL,
  hashed_bytes     BIGINT  NOT NULL,
  removed_objects  BIGINT  NOT NULL,
  removed_leftovers BIGINT NOT NULL
);
CREATE INDEX scrub_runs_newest ON scrub_runs (started_at, id);

CREATE TABLE scrub_findings (
  kind       TEXT   NOT NULL,          -- orphan missing wrong_size damaged
  object_key TEXT   NOT NULL,
  media_id   TEXT,
  imei       BIGINT,
  detail     TEXT   NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen  BIGINT NOT NULL,
  run        TEXT   NOT NULL,          -- the last one that saw it
  PRIMARY KEY (kind, object_key)
);

-- Where the sample to be read goes on.
CREATE TABLE scrub_cursor (
  id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  object_key TEXT    NOT NULL
);

CREATE TABLE chores (
  name    TEXT   NOT NULL PRIMARY KEY,
  last_at BIGINT NOT NULL,             -- when it was last taken, by this database's clock
  node    TEXT   NOT NULL
);
