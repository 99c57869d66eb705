-- Which version of a material a verification was about, and which licences have to be looked up again.  The use cause is
-- written by people, so it may name one.

ALTER TABLE licence_checks ADD COLUMN version INTEGER NOT NULL DEFAULT 1;  -- of the material
ALTER TABLE licence_checks DROP COLUMN use_cause;
ALTER TABLE licence_checks ADD COLUMN private BLOB NOT NULL DEFAULT '';      -- use cause (用证事由), encrypted
DROP INDEX licence_checks_pending;                                          -- what waits has a table of its own

-- Licences that could not be verified yet (待核验): when to ask again.
CREATE TABLE licence_waits (
    case_id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    tries INTEGER NOT NULL,                     -- how often it was asked again
    next_try INTEGER NOT NULL,                  -- written before anybody is asked
    PRIMARY KEY (case_id, material_id)
);
CREATE INDEX licence_waits_by_due ON licence_waits (next_try);
