-- A batch counts once its status is 'committed'. Numbers are never used again.
-- Times are microseconds since 1970-01-01 in UTC; ended is missing as long as
-- the batch is open, and for good when its process ended without a word.
CREATE TABLE batch (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL,
    about   TEXT    NOT NULL,
    status  TEXT    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'committed', 'aborted')),
    began   INTEGER NOT NULL,
    ended   INTEGER CHECK (status <> 'open' OR ended IS NULL),
    summary TEXT    CHECK (json_valid(summary))
) STRICT;

CREATE INDEX batch_open ON batch (id) WHERE status = 'open';

CREATE TABLE run (
    batch    INTEGER PRIMARY KEY REFERENCES batch (id),
    as_of    INTEGER NOT NULL, -- days since 1970-01-01
    known_at INTEGER NOT NULL, -- a batch, or 0
    view     INTEGER NOT NULL CHECK (view IN (0, 1)),
    version  INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    started  INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    summary  TEXT    CHECK (json_valid(summary))
) STRICT;

CREATE TABLE run_step (
    run   INTEGER NOT NULL REFERENCES run (batch) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    took  INTEGER NOT NULL, -- nanoseconds
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_result (
    run       INTEGER NOT NULL REFERENCES run (batch) ON DELETE CASCADE,
    place     INTEGER NOT NULL,
    grain     TEXT    NOT NULL,
    name      TEXT    NOT NULL, -- of the table in the warehouse
    customers INTEGER NOT NULL,
    columns   TEXT    CHECK (json_valid(columns)),
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    batch    INTEGER NOT NULL REFERENCES batch (id),
    source   TEXT    NOT NULL,
    path     TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    digest   TEXT    NOT NULL,
    rows     INTEGER NOT NULL
) STRICT;

CREATE INDEX file_batch ON file (batch, id);

-- A version of the strategy, as it was applied.
CREATE TABLE version (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    hash    TEXT    NOT NULL,
    applied INTEGER NOT NULL
) STRICT;

CREATE TABLE version_file (
    version INTEGER NOT NULL REFERENCES version (number),
    name    TEXT    NOT NULL,
    text    TEXT    NOT NULL,
    PRIMARY KEY (version, name)
) STRICT, WITHOUT ROWID;
