SELECT coalesce(max(id), 0)
FROM batch
WHERE id < coalesce(
    (SELECT min(id) FROM batch WHERE status = 'open'),
    9223372036854775807);
