INSERT INTO run_result (run, place, grain, name, customers, columns)
VALUES (?, ?, ?, ?, ?, ?);
