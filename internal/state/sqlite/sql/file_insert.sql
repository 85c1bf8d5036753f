INSERT INTO file (batch, source, path, size, modified, digest, rows)
VALUES (?, ?, ?, ?, ?, ?, ?);
