-- When the first clock that is still owed runs out: what presses, without those that ended late.
ALTER TABLE cases ADD COLUMN presses_at INTEGER;
CREATE INDEX cases_by_pressing ON cases (presses_at) WHERE presses_at IS NOT NULL;
CREATE INDEX cases_by_system ON cases (system, opened_at, case_id);

-- In which life of the partner's store its catalogue was given: after a restore the same version may say something else.
ALTER TABLE catalogues ADD COLUMN incarnation TEXT NOT NULL DEFAULT '';
