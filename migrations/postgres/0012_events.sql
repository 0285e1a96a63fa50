-- Where events go: every target takes the outbox in the order of `position`. The numbers of `sequence` are taken before
-- their transactions end, so that a later one may be seen before an earlier one; a position is given to what is seen
-- already, by one transaction at a time. Of one device the order is the same.
ALTER TABLE outbox ADD COLUMN position BIGINT;
CREATE UNIQUE INDEX outbox_by_position ON outbox (position) WHERE position IS NOT NULL;
CREATE INDEX outbox_unnumbered ON outbox (sequence) WHERE position IS NULL;

-- The highest position so far. Its one row is locked by whoever gives positions or removes events.
CREATE TABLE event_head (
  id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  last_position BIGINT  NOT NULL
);
INSERT INTO event_head (id, last_position) VALUES (1, 0);

-- How far each target has come, and which node brings it events until its lease ends.
CREATE TABLE event_targets (
  name        TEXT   NOT NULL PRIMARY KEY,
  position    BIGINT NOT NULL,  -- of the last event it has taken
  holder      TEXT   NOT NULL,
  lease_until BIGINT NOT NULL   -- by this database's clock
) WITH (fillfactor = 50);
