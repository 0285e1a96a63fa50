-- Files that somebody has asked cameras for: what was wished, the commands that bring it, and the files of each. No
-- references to media: a file that is deleted stays named, and its part stays stored.

CREATE TABLE capture_requests (
  id         UUID   NOT NULL PRIMARY KEY,
  imei       BIGINT NOT NULL,
  kind       TEXT   NOT NULL,          -- photo video
  cameras    TEXT   NOT NULL,          -- of all parts, by their names: "front+rear"
  begins_at  BIGINT,                   -- a video's
  duration_s BIGINT NOT NULL,
  channel    TEXT   NOT NULL,          -- avl webhook sms
  origin     TEXT   NOT NULL,
  event_id   UUID,
  created_at BIGINT NOT NULL,
  deadline   BIGINT NOT NULL,
  state      TEXT   NOT NULL,          -- of all parts together, written with them
  reason     TEXT   NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX capture_requests_by_imei  ON capture_requests (imei, id);
CREATE INDEX capture_requests_by_state ON capture_requests (state, id);
-- The same clip is not asked for twice.
CREATE INDEX capture_requests_same ON capture_requests (imei, begins_at, duration_s, cameras) WHERE kind = 'video';

-- A part changes its state some six times, and those of the past are most of the table: without a vacuum in time
-- the indexes of what is to be done would be full of what was.
CREATE TABLE capture_parts (
  id            UUID    NOT NULL PRIMARY KEY,
  request_id    UUID    NOT NULL,
  number        INTEGER NOT NULL,      -- within the request, from 0
  imei          BIGINT  NOT NULL,      -- these five as the request has them
  kind          TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  created_at    BIGINT  NOT NULL,
  deadline      BIGINT  NOT NULL,
  begins_at     BIGINT,
  duration_s    BIGINT  NOT NULL,
  command       TEXT    NOT NULL,
  state         TEXT    NOT NULL,
  attempts      BIGINT  NOT NULL DEFAULT 0,
  percent       BIGINT  NOT NULL DEFAULT 0,
  reply         TEXT    NOT NULL DEFAULT '',
  reason        TEXT    NOT NULL DEFAULT '',
  node          TEXT    NOT NULL DEFAULT '',
  first_sent_at BIGINT,
  sent_at       BIGINT,
  replied_at    BIGINT,
  due_at        BIGINT,
  patience_ms   BIGINT  NOT NULL DEFAULT 0,  -- for a file, as it was when the command was sent
  matches_at    BIGINT,                -- what a file's time of capture is held against: a video's begin, a photo's first
                                       -- sending; NULL: no file is its own, or, of a photo, no further one
  final_at      BIGINT,                -- NULL: it is not
  updated_at    BIGINT  NOT NULL,
  UNIQUE (request_id, number)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
-- What a device has to do; and how many of each state there are.
CREATE INDEX capture_parts_open ON capture_parts (imei, state) WHERE final_at IS NULL;
-- The queue of each channel, oldest requests first.
CREATE INDEX capture_parts_queue ON capture_parts (channel, request_id, number) WHERE state = 'queued';
-- What is waited for in vain, and what comes too late.
CREATE INDEX capture_parts_due ON capture_parts (due_at) WHERE final_at IS NULL AND state <> 'queued';
CREATE INDEX capture_parts_deadline ON capture_parts (deadline) WHERE final_at IS NULL;
-- Which part a file belongs to.
CREATE INDEX capture_parts_matching ON capture_parts (imei, kind, matches_at) WHERE matches_at IS NOT NULL;

CREATE TABLE capture_files (
  part_id  UUID    NOT NULL,
  camera   TEXT    NOT NULL,
  position INTEGER NOT NULL,
  media_id UUID,                       -- NULL: not yet
  PRIMARY KEY (part_id, camera)
) WITH (fillfactor = 50);
-- No file belongs to two parts.
CREATE UNIQUE INDEX capture_files_media ON capture_files (media_id) WHERE media_id IS NOT NULL;

-- Which commands the device's cameras take; empty: the default.
ALTER TABLE devices ADD COLUMN capture_profile TEXT NOT NULL DEFAULT '';
