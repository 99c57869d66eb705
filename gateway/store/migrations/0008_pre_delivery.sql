-- What may fly first, and what does not fly until somebody says so.
ALTER TABLE outbox ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;  -- 0 receipts, status and other small news; 1 new cases and what follows an unanswered one
ALTER TABLE outbox ADD COLUMN kept_back TEXT NOT NULL DEFAULT '';   -- held: by an operator's hold; parked: needs a person; empty: flies when due
ALTER TABLE outbox ADD COLUMN kept_since INTEGER;                   -- since when it is kept back
DROP INDEX outbox_owed;
CREATE INDEX outbox_owed ON outbox (partner, priority, owed_at, sequence) WHERE settled_at IS NULL AND kept_back = '';
CREATE INDEX outbox_kept ON outbox (partner, kept_back, last_reason) WHERE settled_at IS NULL AND kept_back <> '';

-- Holds of operators: what matches is kept back, what comes later as well, until the hold is released or runs out.
CREATE TABLE holds (
    hold_id TEXT NOT NULL PRIMARY KEY,
    partner TEXT NOT NULL,                      -- gateway code; empty: any
    basic_code TEXT NOT NULL,                   -- item; empty: any
    case_id TEXT NOT NULL,                      -- case; empty: any
    cause TEXT NOT NULL,                        -- last_reason of the envelope; empty: any
    reason TEXT NOT NULL,                       -- why, in the operator's words
    held_by TEXT NOT NULL,                      -- actor of the audit
    held_at INTEGER NOT NULL,
    until INTEGER,                              -- NULL: until it is released
    released_at INTEGER
);
CREATE INDEX holds_in_force ON holds (partner) WHERE released_at IS NULL;
