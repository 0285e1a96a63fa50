-- The chain of evidence of each device: a record for every file that was stored and for every one that was deleted,
-- each with a hash over the one before. Rows are only ever added; sealing notes where a row was written out.

ALTER TABLE media ADD COLUMN packets  BIGINT NOT NULL DEFAULT 0;  -- with a good CRC, of the transfer that completed it
ALTER TABLE media ADD COLUMN bad_crcs BIGINT NOT NULL DEFAULT 0;  -- asked for again in it

-- In step with media, as media_count is.
ALTER TABLE devices ADD COLUMN stored_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE devices SET stored_bytes = (SELECT COALESCE(SUM(size), 0) FROM media WHERE media.imei = devices.imei);

-- The end of the device's chain.
ALTER TABLE devices ADD COLUMN chain_length BIGINT NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN chain_hash   TEXT   NOT NULL DEFAULT '';

CREATE TABLE evidence (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  imei     BIGINT NOT NULL,
  number   BIGINT NOT NULL,                            -- 1, 2, 3 … of the device, without gaps
  media_id TEXT   NOT NULL,
  record   TEXT   NOT NULL,                            -- JSON, byte for byte what was hashed
  hash     TEXT   NOT NULL CHECK (length(hash) = 64),  -- of the hash before, the number and the record
  segment  BIGINT,                                     -- where it was sealed; NULL: not yet
  UNIQUE (imei, number)
);
CREATE INDEX evidence_unsealed   ON evidence (sequence) WHERE segment IS NULL;
CREATE INDEX evidence_by_segment ON evidence (segment, sequence);
CREATE INDEX evidence_by_media   ON evidence (media_id);

-- Each segment is one object in the store, made of the rows that name it and of this one. They are numbered without
-- gaps, and the next one is begun when the one before is stored.
CREATE TABLE evidence_segments (
  number          BIGINT PRIMARY KEY,        -- 1, 2, 3 …
  previous_sha256 TEXT    NOT NULL,          -- of the object before; empty of the first
  sha256          TEXT    NOT NULL CHECK (length(sha256) = 64),
  size            BIGINT  NOT NULL,          -- of the object, bytes
  entries         BIGINT  NOT NULL,
  object_key      TEXT    NOT NULL,
  sealed_at       BIGINT  NOT NULL,          -- unix milliseconds
  stored          BOOLEAN NOT NULL DEFAULT FALSE
);
