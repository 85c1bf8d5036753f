INSERT INTO run (batch, as_of, known_at, view, version, hash, started, finished, summary)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);
