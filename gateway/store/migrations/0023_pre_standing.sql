-- What partners told of themselves and of us, when they pause, and how the days compared with them came out.

-- The last description of each partner, as it was told; asked for at every probe and every few minutes.
CREATE TABLE partner_views (
    partner TEXT NOT NULL PRIMARY KEY,
    told_at INTEGER,                            -- when it last described itself; NULL: never
    told TEXT NOT NULL DEFAULT '{}',            -- what it told, as JSON (store.partner_views.Told)
    failed_at INTEGER,                          -- when it last could not be asked; NULL: not since it was told last
    failed_for TEXT NOT NULL DEFAULT '',        -- the reason word
    failures INTEGER NOT NULL DEFAULT 0         -- questions in a row that failed
) WITHOUT ROWID;

-- When a partner pauses, as far as we heed it; no flight leaves for it from then until then.
ALTER TABLE peers ADD COLUMN pauses_from INTEGER;
ALTER TABLE peers ADD COLUMN pauses_until INTEGER;

-- Our own maintenance, announced to partners; the newest that has not ended counts.
CREATE TABLE maintenance (
    id TEXT NOT NULL PRIMARY KEY,
    begins_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,                   -- as announced
    reason_zh TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    announced_at INTEGER NOT NULL,
    announced_by TEXT NOT NULL,
    ended_at INTEGER,                           -- ended, withdrawn or announced anew before its end; NULL: it ran out by itself
    ended_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX maintenance_by_end ON maintenance (ends_at) WHERE ended_at IS NULL;

-- One day with a partner in one direction, as it was last compared.
CREATE TABLE reconciliations (
    day TEXT NOT NULL,                          -- YYYY-MM-DD in Asia/Shanghai, of sealing
    partner TEXT NOT NULL,
    direction TEXT NOT NULL,                    -- out: sealed by us | in: sealed by the partner
    outcome TEXT NOT NULL,                      -- equal | repaired | waits | differs | explained | not_asked
    our_count INTEGER NOT NULL DEFAULT 0,
    our_digest BLOB NOT NULL DEFAULT x'',
    their_count INTEGER NOT NULL DEFAULT 0,
    their_digest BLOB NOT NULL DEFAULT x'',
    waiting INTEGER NOT NULL DEFAULT 0,         -- ours of that day that nobody has answered yet
    differences INTEGER NOT NULL DEFAULT 0,     -- found in the last comparison, all of them
    tried_at INTEGER NOT NULL,
    compared_at INTEGER,                        -- NULL: the partner was never asked
    failure TEXT NOT NULL DEFAULT '',           -- why the last try did not get through, a reason word
    explained_by TEXT NOT NULL DEFAULT '',
    explanation TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (day, partner, direction)
) WITHOUT ROWID;
CREATE INDEX reconciliations_open ON reconciliations (partner, day) WHERE outcome IN ('differs', 'waits');

-- What differed, envelope by envelope; a row stays when the difference is gone and says how.
CREATE TABLE differences (
    day TEXT NOT NULL,
    partner TEXT NOT NULL,
    direction TEXT NOT NULL,
    envelope_id TEXT NOT NULL,
    kind TEXT NOT NULL,                         -- not_known_there | not_settled_here | not_settled_there | not_held_here | other_outcome
    ours TEXT NOT NULL,                         -- digest and outcome here; empty: none
    theirs TEXT NOT NULL,
    done TEXT NOT NULL,                         -- raised | repaired | left_out | theirs | gone
    found_at INTEGER NOT NULL,
    done_at INTEGER NOT NULL,                   -- when `done` became so
    PRIMARY KEY (day, partner, direction, envelope_id)
) WITHOUT ROWID;
