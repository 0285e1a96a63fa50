-- What trackers report: their records, how they are, what has happened to them, and which node holds the link of each.
-- No references to devices: records come by the thousand, and must not wait for a device's row.

-- Records of one tracker as they came, one behind the other; together they span no longer than an hour, unless it is a
-- single one. A table with row ids: what comes is added at its end, and only the indexes are searched for its place.
CREATE TABLE tracks (
  imei     BIGINT  NOT NULL,
  last_at  BIGINT  NOT NULL,       -- the latest and the earliest time in them, by the tracker's clock
  first_at BIGINT  NOT NULL,
  digest   BIGINT  NOT NULL,       -- XXH3-64 of the bytes
  codec    INTEGER NOT NULL,
  count    BIGINT  NOT NULL,
  bytes    BLOB    NOT NULL
);
-- The order in which a track is read, and what tells what came twice.
CREATE UNIQUE INDEX tracks_by_imei ON tracks (imei, last_at, first_at, digest);
-- Retention.
CREATE INDEX tracks_by_end ON tracks (last_at);

-- How each device is: a row for each.
CREATE TABLE device_states (
  imei               BIGINT NOT NULL PRIMARY KEY,
  recorded_at        BIGINT NOT NULL,
  received_at        BIGINT NOT NULL,
  latitude           DOUBLE PRECISION,  -- of the last fix, like all up to place_at
  longitude          DOUBLE PRECISION,
  altitude_m         INTEGER,
  angle_deg          BIGINT,
  satellites         BIGINT,
  speed_kmh          BIGINT,
  place_at           BIGINT,
  ignition           BIGINT,
  ignition_since     BIGINT,
  front_camera       BIGINT,
  front_camera_since BIGINT,
  rear_camera        BIGINT,
  rear_camera_since  BIGINT
) WITHOUT ROWID;

CREATE TABLE device_events (
  sequence    INTEGER PRIMARY KEY AUTOINCREMENT,  -- in which they came
  id          TEXT    NOT NULL UNIQUE,
  imei        BIGINT  NOT NULL,
  kind        TEXT    NOT NULL,                   -- sos front_camera rear_camera
  at          BIGINT  NOT NULL,                   -- by the tracker's clock
  received_at BIGINT  NOT NULL,
  value       BIGINT  NOT NULL,
  name        TEXT    NOT NULL,
  latitude    DOUBLE PRECISION,
  longitude   DOUBLE PRECISION,
  altitude_m  INTEGER,
  angle_deg   BIGINT,
  satellites  BIGINT,
  speed_kmh   BIGINT,
  handled     INTEGER NOT NULL DEFAULT 0,         -- by the rules
  UNIQUE (imei, kind, at, value)
);
CREATE INDEX device_events_unhandled ON device_events (sequence) WHERE NOT handled;
CREATE INDEX device_events_newest    ON device_events (at, id);
CREATE INDEX device_events_by_imei   ON device_events (imei, at, id);
CREATE INDEX device_events_by_kind   ON device_events (kind, at, id);

-- The live link of each tracker that has one.
CREATE TABLE tracker_links (
  imei    BIGINT NOT NULL PRIMARY KEY,
  node    TEXT   NOT NULL,
  session TEXT   NOT NULL,
  peer    TEXT   NOT NULL,
  since   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracker_links_by_node ON tracker_links (node, imei);
