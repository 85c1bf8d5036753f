UPDATE batch
SET status = ?, ended = ?, summary = ?
WHERE id = ?;
