SELECT status
FROM batch
WHERE id = ?;
