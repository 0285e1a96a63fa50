-- Devices, stored files, attempts, and the events about them: what migrations/sqlite/0001_media.sql makes, in
-- PostgreSQL's types. Times are milliseconds since 1970-01-01 UTC: to_timestamp(received_at / 1000.0) shows one.

CREATE TABLE devices (
  imei        BIGINT  NOT NULL PRIMARY KEY,
  label       TEXT    NOT NULL DEFAULT '',
  first_seen  BIGINT  NOT NULL,
  last_seen   BIGINT  NOT NULL,
  last_peer   TEXT    NOT NULL DEFAULT '',
  protocol    INTEGER NOT NULL DEFAULT 0,
  media_count BIGINT  NOT NULL DEFAULT 0   -- kept in step by commit_media: counting a million rows takes too long
) WITH (fillfactor = 50);                  -- its rows change with every file: room to do so in their page

CREATE TABLE media (
  id                  UUID    NOT NULL PRIMARY KEY,
  imei                BIGINT  NOT NULL REFERENCES devices (imei),
  camera              TEXT    NOT NULL,
  kind                TEXT    NOT NULL,
  class               TEXT    NOT NULL,    -- camera and kind where the camera is known, else the name: see media_content
  captured_at         BIGINT,
  received_at         BIGINT  NOT NULL,
  taken_at            BIGINT  NOT NULL,    -- captured_at where known, else received_at: what from and to ask for
  triggered_at        BIGINT,
  trigger             TEXT    NOT NULL,
  duration_s          BIGINT,
  frame_rate          BIGINT,
  time_zone_minutes   INTEGER,
  latitude            DOUBLE PRECISION,
  longitude           DOUBLE PRECISION,
  driver_name         TEXT    NOT NULL,
  size                BIGINT  NOT NULL CHECK (size >= 0),
  sha256              TEXT    NOT NULL CHECK (length(sha256) = 64),
  content_type        TEXT    NOT NULL,
  object_key          TEXT    NOT NULL CHECK (object_key <> ''),
  name                TEXT    NOT NULL,
  declared_size       BIGINT  NOT NULL,
  declared_in_packets BOOLEAN NOT NULL,
  metadata_hex        TEXT    NOT NULL,
  defect              TEXT    NOT NULL,
  request_id          TEXT    NOT NULL,
  legal_hold          BOOLEAN NOT NULL
);

-- The same content of the same device, class and time of capture is one file. No time counts as one time: NULLs would
-- all differ, and 0 is what cameras without a clock send.
CREATE UNIQUE INDEX media_content ON media (imei, sha256, class, COALESCE(captured_at, 0));

-- A file that a device offers again.
CREATE INDEX media_offered ON media (imei, captured_at, name);

-- One index per filter, each in the order of the pages, so that no page sorts. taken_at is behind the order: rows
-- outside of from..to are passed over inside the index.
CREATE INDEX media_newest     ON media (received_at, id, taken_at);
CREATE INDEX media_by_imei    ON media (imei, received_at, id, taken_at);
CREATE INDEX media_by_trigger ON media (trigger, received_at, id, taken_at);
CREATE INDEX media_by_camera  ON media (camera, received_at, id, taken_at);
CREATE INDEX media_by_kind    ON media (kind, received_at, id, taken_at);

-- Every attempt to bring over a file. Bookkeeping, bounded by the program: no reference to other tables, so that it
-- can neither fail for their sake nor hold them back.
CREATE TABLE transfers (
  id               UUID    NOT NULL PRIMARY KEY,
  session          TEXT    NOT NULL,
  imei             BIGINT  NOT NULL,
  peer             TEXT    NOT NULL,
  node             TEXT    NOT NULL,
  protocol         INTEGER NOT NULL,
  camera           TEXT    NOT NULL,
  kind             TEXT    NOT NULL,
  name             TEXT    NOT NULL,
  started_at       BIGINT  NOT NULL,
  updated_at       BIGINT  NOT NULL,
  total_bytes      BIGINT  NOT NULL,
  offset_start     BIGINT  NOT NULL,
  offset_now       BIGINT  NOT NULL,
  bytes_received   BIGINT  NOT NULL,
  bytes_per_second DOUBLE PRECISION NOT NULL,
  stalls           BIGINT  NOT NULL,
  resumes          BIGINT  NOT NULL,
  bad_crcs         BIGINT  NOT NULL,
  salvaged         BIGINT  NOT NULL,
  state            TEXT    NOT NULL,
  reason           TEXT    NOT NULL,
  media_id         UUID
);

CREATE INDEX transfers_newest   ON transfers (started_at, id);
CREATE INDEX transfers_by_imei  ON transfers (imei, started_at, id);
CREATE INDEX transfers_by_state ON transfers (state, started_at, id);

-- Events not yet delivered. The events of one device stand in the order in which they became true, whichever node wrote
-- them: a number is taken under the lock on the device's row. A number is never used again.
CREATE TABLE outbox (
  sequence   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         UUID   NOT NULL UNIQUE,       -- version 7: the same at every delivery of the event
  imei       BIGINT NOT NULL,
  type       TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  payload    TEXT   NOT NULL               -- the whole event, in JSON
);

-- What the readiness check writes, reads back and deletes.
CREATE TABLE probe (
  id         UUID   NOT NULL PRIMARY KEY,
  written_at BIGINT NOT NULL
);
