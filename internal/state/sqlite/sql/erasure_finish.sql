UPDATE erasure
SET finished = ?
WHERE batch = ? AND finished IS NULL;
