-- A segmentation or a dimension as the ledger of moves knows it. Its places are
-- numbered for good; a number means the same whatever its name is now. Where
-- domain is not empty, places are the codes of that dictionary of the warehouse.
CREATE TABLE lens (
    id        INTEGER PRIMARY KEY,
    kind      TEXT    NOT NULL CHECK (kind IN ('segmentation', 'dimension')),
    name      TEXT    NOT NULL, -- now
    grain     TEXT    NOT NULL,
    domain    TEXT    NOT NULL,
    places    TEXT    NOT NULL CHECK (json_valid(places)), -- names by number, now
    opened    INTEGER NOT NULL REFERENCES batch (id),
    opened_on INTEGER NOT NULL, -- days since 1970-01-01
    opening   TEXT    NOT NULL, -- the table of first places in the warehouse
    closed    INTEGER REFERENCES batch (id),
    closed_on INTEGER
) STRICT;

-- A run whose moves are in the ledger; the run itself may be dropped.
CREATE TABLE pass (
    batch    INTEGER PRIMARY KEY REFERENCES batch (id),
    as_of    INTEGER NOT NULL, -- days since 1970-01-01
    known_at INTEGER NOT NULL, -- a batch, or 0
    version  INTEGER NOT NULL,
    moves    INTEGER NOT NULL
) STRICT;
