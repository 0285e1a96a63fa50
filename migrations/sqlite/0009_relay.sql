-- What the relay keeps: everything heard and done, takes, commands that are not due yet, the rules and switches of the
-- API, what was measured of targets; and what tells the files of its cameras from others.

-- A row for each event heard and each command, written anew when its outcome becomes known. Ids sort by the time they
-- were made in, so that every listing, every range of time and retention go by the id.
-- A table with row ids: what comes is added at its end, and only the indexes are searched for its place.
CREATE TABLE relay_triggers (
  id         TEXT    NOT NULL PRIMARY KEY,
  incoming   INTEGER NOT NULL,
  node       TEXT    NOT NULL,
  protocol   TEXT    NOT NULL,
  endpoint   TEXT    NOT NULL,
  kind       TEXT    NOT NULL,     -- of an event; the verb of a command
  rule       TEXT    NOT NULL,     -- empty: none
  outcome    TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  fields     TEXT    NOT NULL,     -- a JSON object
  raw        BLOB    NOT NULL,     -- as it was on the wire
  peer       TEXT    NOT NULL,
  cause      TEXT,                 -- the event's row, of a command
  take_id    TEXT,
  at         BIGINT  NOT NULL,
  due_at     BIGINT,
  late_us    BIGINT  NOT NULL,
  latency_us BIGINT
);

-- One index per filter, each in the order of the pages. In a storm most rows are copies that no rule matched: they are
-- in three of them.
CREATE INDEX relay_triggers_by_endpoint ON relay_triggers (endpoint, id);
CREATE INDEX relay_triggers_by_outcome  ON relay_triggers (outcome, id);
CREATE INDEX relay_triggers_by_protocol ON relay_triggers (protocol, id);
CREATE INDEX relay_triggers_by_rule     ON relay_triggers (rule, id)    WHERE rule <> '';
CREATE INDEX relay_triggers_by_cause    ON relay_triggers (cause, id)   WHERE cause IS NOT NULL;
CREATE INDEX relay_triggers_by_take     ON relay_triggers (take_id, id) WHERE take_id IS NOT NULL;
CREATE INDEX relay_triggers_done        ON relay_triggers (id)          WHERE NOT incoming;

CREATE TABLE relay_takes (
  id           TEXT   NOT NULL PRIMARY KEY,
  number       BIGINT NOT NULL,
  node         TEXT   NOT NULL,
  source       TEXT   NOT NULL,
  name         TEXT   NOT NULL,
  state        TEXT   NOT NULL,    -- open ended complete orphan
  result       TEXT   NOT NULL,
  started_at   BIGINT NOT NULL,
  ended_at     BIGINT,
  completed_at BIGINT,
  commands     BIGINT NOT NULL
);
CREATE INDEX relay_takes_by_number ON relay_takes (number);
CREATE INDEX relay_takes_open ON relay_takes (node) WHERE state = 'open';

-- Commands that are not due yet, or not settled: they survive a restart. Ordinarily few, and gone within seconds.
CREATE TABLE relay_pending (
  id         TEXT   NOT NULL PRIMARY KEY,
  node       TEXT   NOT NULL,
  target     TEXT   NOT NULL,
  rule       TEXT   NOT NULL,
  command    TEXT   NOT NULL,      -- JSON: what the hub needs
  due_at     BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX relay_pending_by_node ON relay_pending (node, due_at, id);

-- One row. Its version counts the changes.
CREATE TABLE relay_rules (
  singleton  INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
  rules      TEXT    NOT NULL,     -- a JSON array
  version    BIGINT  NOT NULL,     -- 0: never set
  changed_at BIGINT
);
INSERT INTO relay_rules (singleton, rules, version) VALUES (1, '[]', 0);

CREATE TABLE relay_arms (
  scope TEXT    NOT NULL,          -- global rule target
  name  TEXT    NOT NULL,          -- empty for global
  armed INTEGER NOT NULL,
  until BIGINT,                    -- it flips then; NULL: it stays
  PRIMARY KEY (scope, name)
) WITHOUT ROWID;

CREATE TABLE relay_latencies (
  target      TEXT   NOT NULL PRIMARY KEY,
  latency_us  BIGINT NOT NULL,
  measured    BIGINT NOT NULL,     -- how often
  measured_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Of files from cameras of the relay: which one, and where it looked.
ALTER TABLE media ADD COLUMN source   TEXT NOT NULL DEFAULT '';
ALTER TABLE media ADD COLUMN pan_deg  DOUBLE PRECISION;
ALTER TABLE media ADD COLUMN tilt_deg DOUBLE PRECISION;
