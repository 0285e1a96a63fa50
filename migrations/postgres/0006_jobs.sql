-- What is made of stored files, for people to look at: the jobs of those who make it, what they have made, and what they
-- found. No references to media, which would hold back its deletion: that takes jobs and probes along, and what was made
-- stays named until its objects are gone.

-- One row for each task of a file; it stays when the task is done. A job changes its state some four times, and those
-- of the past are most of the table: without a vacuum in time the queue's index would be full of what was once queued.
CREATE TABLE jobs (
  media_id   UUID     NOT NULL,
  task       TEXT     NOT NULL,             -- preview playback
  imei       BIGINT   NOT NULL,
  state      TEXT     NOT NULL,             -- waiting queued running done failed
  priority   SMALLINT NOT NULL,             -- 0: somebody waits for it; 1: as files come; 2: of before this migration
  failures   INTEGER  NOT NULL DEFAULT 0,
  losses     INTEGER  NOT NULL DEFAULT 0,
  percent    INTEGER  NOT NULL DEFAULT 0,
  worker     TEXT     NOT NULL DEFAULT '',
  reason     TEXT     NOT NULL DEFAULT '',
  due_at     BIGINT,                        -- by this database's clock: the end of a lease or of a rest, else NULL
  created_at BIGINT   NOT NULL,
  updated_at BIGINT   NOT NULL,
  PRIMARY KEY (media_id, task)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- The queue in the order in which it is taken. By the alphabet a preview is behind a playback, hence the DESC.
CREATE INDEX jobs_next ON jobs (priority, task DESC, created_at, media_id) WHERE state = 'queued' AND due_at IS NULL;
-- Leases and rests, by their ends.
CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;
-- The listings; the first one has all that is counted, too.
CREATE INDEX jobs_by_state ON jobs (state, media_id, task, created_at);
CREATE INDEX jobs_by_imei  ON jobs (imei, media_id, task);

CREATE TABLE derived (
  media_id   UUID   NOT NULL,
  derived    TEXT   NOT NULL,               -- playback remux thumbnail strip
  task       TEXT   NOT NULL,               -- that made it
  object_key TEXT   NOT NULL CHECK (object_key <> ''),
  size       BIGINT NOT NULL CHECK (size >= 0),
  sha256     TEXT   NOT NULL CHECK (length(sha256) = 64),
  made_at    BIGINT NOT NULL,
  PRIMARY KEY (media_id, derived)
);
CREATE INDEX derived_by_object ON derived (object_key COLLATE "C");

CREATE TABLE probes (
  media_id         UUID   NOT NULL PRIMARY KEY,
  container        TEXT   NOT NULL,
  video_codec      TEXT   NOT NULL,
  width            BIGINT NOT NULL,
  height           BIGINT NOT NULL,
  frames           BIGINT NOT NULL,
  duration_us      BIGINT NOT NULL,
  frame_rate_milli BIGINT NOT NULL,
  sound_codec      TEXT   NOT NULL,
  sample_rate      BIGINT NOT NULL,
  channels         BIGINT NOT NULL,
  sound_us         BIGINT NOT NULL,
  damaged_records  BIGINT NOT NULL,
  skipped_bytes    BIGINT NOT NULL,
  missing_pictures BIGINT NOT NULL,
  missing_sounds   BIGINT NOT NULL,
  decode_errors    BIGINT NOT NULL
);

ALTER TABLE scrub_runs ADD COLUMN removed_derived BIGINT NOT NULL DEFAULT 0;  -- objects that no row of derived names
ALTER TABLE scrub_runs ADD COLUMN remade_derived  BIGINT NOT NULL DEFAULT 0;  -- rows whose object was lost

-- What is stored already is shown, too, but behind all that comes from now on.
INSERT INTO jobs (media_id, task, imei, state, priority, created_at, updated_at)
SELECT id, 'preview', imei, 'queued', 2, received_at, received_at FROM media
WHERE content_type IN ('image/jpeg', 'video/x-ptmf', 'video/h265', 'video/mp4', 'video/mp2t');
