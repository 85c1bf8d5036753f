INSERT INTO erasure (batch, subject, decided, facts)
VALUES (?, ?, ?, ?);
