SELECT batch, as_of, known_at, view, limited, version, hash, started, finished, summary
FROM run
ORDER BY batch DESC;
