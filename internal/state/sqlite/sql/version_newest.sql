SELECT number, hash
FROM version
ORDER BY number DESC
LIMIT 1;
