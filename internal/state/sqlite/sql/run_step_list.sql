SELECT run, name, took
FROM run_step
ORDER BY run, place;
