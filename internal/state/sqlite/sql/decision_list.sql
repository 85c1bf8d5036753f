SELECT batch, verdict, record, survivor, since, decided, author, why, strength, evidence
FROM decision
ORDER BY batch, place;
