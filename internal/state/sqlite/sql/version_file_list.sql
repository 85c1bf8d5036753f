SELECT version, name, text
FROM version_file;
