UPDATE batch
SET status = 'aborted'
WHERE status = 'open';
