DELETE FROM run
WHERE batch = ?;
