SELECT batch, subject, decided, facts, finished IS NOT NULL
FROM erasure
ORDER BY batch;
