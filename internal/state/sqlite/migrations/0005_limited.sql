-- A view of what was known at a time reads no more than known_at.
ALTER TABLE run ADD COLUMN limited INTEGER NOT NULL DEFAULT 0 CHECK (limited IN (0, 1));
