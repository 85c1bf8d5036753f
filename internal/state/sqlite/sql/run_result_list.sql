SELECT run, grain, name, customers, columns
FROM run_result
ORDER BY run, place;
