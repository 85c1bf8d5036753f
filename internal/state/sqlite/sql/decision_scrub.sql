UPDATE decision SET why = ''
WHERE record = ?1 OR survivor = ?1;
