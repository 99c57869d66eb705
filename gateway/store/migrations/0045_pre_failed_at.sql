-- When the last wrong password or code of an account was tried: one of long ago counts no more, as for a login nobody has.

ALTER TABLE people ADD COLUMN failed_at INTEGER;
