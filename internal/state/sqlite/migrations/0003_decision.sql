-- What people decided of two records of accounts. Records are told apart by
-- their numbers in the warehouse, so that no id is kept here.
CREATE TABLE decision (
    batch    INTEGER NOT NULL REFERENCES batch (id),
    place    INTEGER NOT NULL,
    verdict  TEXT    NOT NULL CHECK (verdict IN ('join', 'part', 'reject', 'reopen')),
    record   INTEGER NOT NULL,
    survivor    INTEGER NOT NULL, -- the account that goes on where they are one
    since    INTEGER,          -- days since 1970-01-01; missing is always
    decided  INTEGER NOT NULL, -- microseconds since 1970-01-01 in UTC
    author   TEXT    NOT NULL,
    why      TEXT    NOT NULL,
    strength TEXT    NOT NULL,
    evidence TEXT    NOT NULL CHECK (json_valid(evidence)), -- what spoke for it, by name
    PRIMARY KEY (batch, place)
) STRICT, WITHOUT ROWID;
