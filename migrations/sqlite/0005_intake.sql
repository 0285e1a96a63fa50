-- What is taken of a device at present: everything, photos or events. docs/storm.md says when it changes.

ALTER TABLE devices ADD COLUMN intake        TEXT   NOT NULL DEFAULT 'everything';
ALTER TABLE devices ADD COLUMN intake_since  BIGINT;
ALTER TABLE devices ADD COLUMN intake_reason TEXT   NOT NULL DEFAULT '';

-- Those to look after: few, ordinarily none.
CREATE INDEX devices_limited ON devices (imei) WHERE intake <> 'everything';
