UPDATE batch
SET summary = json_remove(summary, '$.rejections', '$.conflict_examples')
WHERE kind = 'import' AND summary IS NOT NULL;
