SELECT batch, as_of, known_at, version, moves
FROM pass
ORDER BY batch;
