-- What the MAVLink side of the relay keeps over restarts: the image logs of its cameras, and numbers that must not go
-- back. Rows of a node: nobody else writes them.

-- In the order of its key: what comes is added at the end of its camera's part, and the oldest go at its beginning.
CREATE TABLE mavlink_images (
  node                 TEXT    NOT NULL,
  camera               TEXT    NOT NULL,
  image_index          BIGINT  NOT NULL,  -- from 0, one after the other
  at                   BIGINT  NOT NULL,
  boot_ms              BIGINT  NOT NULL,
  latitude_e7          INTEGER NOT NULL,
  longitude_e7         INTEGER NOT NULL,
  altitude_mm          INTEGER NOT NULL,
  relative_altitude_mm INTEGER NOT NULL,
  q_w                  DOUBLE PRECISION,  -- where it looked; NULL: not a number
  q_x                  DOUBLE PRECISION,
  q_y                  DOUBLE PRECISION,
  q_z                  DOUBLE PRECISION,
  taken                INTEGER NOT NULL,
  url                  TEXT    NOT NULL,
  media_id             TEXT,
  PRIMARY KEY (node, camera, image_index)
) WITHOUT ROWID;

CREATE TABLE mavlink_numbers (
  node  TEXT   NOT NULL,
  name  TEXT   NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (node, name)
) WITHOUT ROWID;
