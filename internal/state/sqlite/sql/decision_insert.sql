INSERT INTO decision (batch, place, verdict, record, survivor, since, decided, author, why, strength, evidence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
