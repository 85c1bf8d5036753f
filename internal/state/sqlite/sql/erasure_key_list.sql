SELECT erasure, number, family, space, salt, digest, surrogate
FROM erasure_key
ORDER BY erasure, number;
