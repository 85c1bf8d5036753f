SELECT file.batch, file.source, file.path, file.size, file.modified, file.digest, file.rows
FROM file
JOIN batch ON batch.id = file.batch
WHERE batch.status = 'committed'
ORDER BY file.batch, file.id;
