SELECT id
FROM batch
WHERE status = 'committed'
ORDER BY id;
