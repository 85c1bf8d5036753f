SELECT id, kind, name, grain, domain, places, opened, opened_on, opening, closed, closed_on
FROM lens
ORDER BY id;
