-- Whose bytes wait for a case, so that they have a bound and an end.

ALTER TABLE possessions ADD COLUMN owner TEXT NOT NULL DEFAULT '';     -- system:<name>, or the partner's code
ALTER TABLE possessions ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0; -- 1: a case of the holder has the file
UPDATE possessions SET owner = CASE WHEN instr(holder, '/') = 0 THEN holder ELSE substr(holder, 1, instr(holder, '/') - 1) END;
UPDATE possessions SET claimed = 1 WHERE complete = 1 AND EXISTS (
    SELECT 1 FROM case_files f JOIN cases c ON c.case_id = f.case_id
     WHERE f.sha256 = possessions.sha256
       AND possessions.holder IN ('system:' || c.system, c.partner || '/' || c.case_id));
CREATE INDEX possessions_unclaimed ON possessions (owner, held_until, holder, size) WHERE claimed = 0;
-- Claimed files of a partner's case stay as long as the case; what a system uploaded is its case's from then on.
CREATE INDEX possessions_by_end ON possessions (held_until) WHERE claimed = 0 OR owner = holder;
CREATE INDEX case_files_by_digest ON case_files (sha256);
