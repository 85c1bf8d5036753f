SELECT number, hash, applied
FROM version
ORDER BY number DESC;
