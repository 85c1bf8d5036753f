INSERT INTO batch (kind, about, began)
VALUES (?, ?, ?)
RETURNING id;
