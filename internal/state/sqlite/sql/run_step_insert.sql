INSERT INTO run_step (run, place, name, took)
VALUES (?, ?, ?, ?);
