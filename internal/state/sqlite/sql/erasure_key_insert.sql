INSERT INTO erasure_key (erasure, number, family, space, salt, digest, surrogate)
VALUES (?, ?, ?, ?, ?, ?, ?);
