SELECT coalesce(max(id), 0)
FROM batch
WHERE kind IN ('import', 'match', 'erase')
    AND status = 'committed'
    AND id < coalesce(
        (SELECT min(id) FROM batch WHERE status = 'open' OR ended >= ?),
        9223372036854775807);
