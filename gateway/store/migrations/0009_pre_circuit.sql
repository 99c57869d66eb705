-- Of each case one envelope stands in front; only those in front are looked for when something is to fly, so that neither a
-- long queue nor what is not due makes a claim dearer.
ALTER TABLE outbox ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;   -- 1 while an earlier envelope of its case is unsettled
ALTER TABLE outbox ADD COLUMN ask_at INTEGER;                      -- when to ask what became of it; NULL: at its expiry

UPDATE outbox SET priority = 0 WHERE settled_at IS NULL
    AND (sequence > 1 OR case_id IN (SELECT case_id FROM cases WHERE party = 'handler'));
UPDATE outbox SET behind = 1 WHERE settled_at IS NULL AND EXISTS (
    SELECT 1 FROM outbox earlier
    WHERE earlier.case_id = outbox.case_id AND earlier.settled_at IS NULL AND earlier.sequence < outbox.sequence
);

DROP INDEX outbox_owed;
DROP INDEX outbox_by_expiry;
CREATE INDEX outbox_in_front ON outbox (partner, materials_wait, priority, due_at, sequence)
    WHERE settled_at IS NULL AND kept_back = '' AND behind = 0;
CREATE INDEX outbox_owed ON outbox (partner, owed_at) WHERE settled_at IS NULL;
CREATE INDEX outbox_by_fate ON outbox (partner, COALESCE(ask_at, expires_at)) WHERE settled_at IS NULL;

-- The circuit of a partner is closed, open (it rests) or half-open (a probe may go, or is under way).
ALTER TABLE peers ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;   -- 1 since the last failure, until a probe or a flight succeeded
ALTER TABLE peers ADD COLUMN under_way_until INTEGER;              -- lease of the flight or probe that is under way
ALTER TABLE peers ADD COLUMN transfer_until INTEGER;               -- lease of the last transfer of files
ALTER TABLE peers ADD COLUMN earned_at INTEGER;                    -- when a call of the partner last cut its rest short
UPDATE peers SET suspect = 1 WHERE failures > 0;
