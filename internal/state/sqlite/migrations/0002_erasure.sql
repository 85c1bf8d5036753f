-- An erasure counts once its batch is committed; finished is missing until the
-- facts say so too.
CREATE TABLE erasure (
    batch    INTEGER PRIMARY KEY REFERENCES batch (id),
    subject  TEXT    NOT NULL CHECK (subject IN ('account', 'contact')),
    decided  INTEGER NOT NULL, -- microseconds since 1970-01-01 in UTC
    facts    INTEGER NOT NULL,
    finished INTEGER
) STRICT;

-- What is remembered of an id: enough to know it again, not to say it.
CREATE TABLE erasure_key (
    erasure   INTEGER NOT NULL REFERENCES erasure (batch),
    number    INTEGER NOT NULL, -- in the warehouse
    family    TEXT    NOT NULL,
    space     TEXT    NOT NULL,
    salt      BLOB    NOT NULL,
    digest    BLOB    NOT NULL,
    surrogate TEXT    NOT NULL,
    PRIMARY KEY (erasure, number)
) STRICT, WITHOUT ROWID;
