INSERT INTO version_file (version, name, text)
VALUES (?, ?, ?);
