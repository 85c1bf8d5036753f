INSERT INTO run (batch, as_of, known_at, view, limited, version, hash, started, finished, summary)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
