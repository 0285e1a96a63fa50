-- What is recorded of a device's sessions, other than what the server is set to, until then.

CREATE TABLE recording_policies (
  imei     BIGINT NOT NULL PRIMARY KEY,
  mode     TEXT   NOT NULL,  -- off, failed, all
  until_at BIGINT NOT NULL
) WITHOUT ROWID;
