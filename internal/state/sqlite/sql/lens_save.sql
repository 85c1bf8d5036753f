INSERT INTO lens (id, kind, name, grain, domain, places, opened, opened_on, opening, closed, closed_on)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, places = excluded.places, closed = excluded.closed, closed_on = excluded.closed_on;
