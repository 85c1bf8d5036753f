SELECT batch, as_of, known_at, view, version, hash, started, finished, summary
FROM run
ORDER BY batch DESC;
