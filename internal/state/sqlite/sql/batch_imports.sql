SELECT id, about, ended, summary
FROM batch
WHERE kind = 'import' AND status = 'committed'
ORDER BY id;
