INSERT INTO version (hash, applied)
VALUES (?, ?)
RETURNING number;
