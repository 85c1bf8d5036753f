INSERT INTO pass (batch, as_of, known_at, version, moves)
VALUES (?, ?, ?, ?, ?);
