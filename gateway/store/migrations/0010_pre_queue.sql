-- What keeps an envelope back, and how often the partner answered the same to it.
ALTER TABLE outbox ADD COLUMN hold_id TEXT NOT NULL DEFAULT '';        -- the hold that keeps it back
ALTER TABLE outbox ADD COLUMN let_through INTEGER NOT NULL DEFAULT 0;  -- 1: an operator let it through, no hold catches it any more
ALTER TABLE outbox ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;      -- answers in a row that gave last_reason
ALTER TABLE outbox ADD COLUMN answers_since INTEGER;                    -- the first of them
ALTER TABLE outbox ADD COLUMN parkings INTEGER NOT NULL DEFAULT 0;     -- how often it was parked
ALTER TABLE outbox ADD COLUMN parked_for TEXT NOT NULL DEFAULT '';     -- the reason of the last time; last_reason goes with what settles it
ALTER TABLE outbox ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;      -- 1: 线下处理, still owed so that the other side has no gap
CREATE INDEX outbox_kept_due ON outbox (partner, kept_back, due_at) WHERE settled_at IS NULL AND kept_back <> '';
CREATE INDEX outbox_of_hold ON outbox (hold_id) WHERE settled_at IS NULL AND hold_id <> '';

ALTER TABLE holds ADD COLUMN emptied_at INTEGER;                        -- released, and nothing is kept back for it any more
