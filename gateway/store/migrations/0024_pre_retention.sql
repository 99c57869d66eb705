-- What is no longer kept for a case that ended long ago: its content goes, its number, events, receipts and digests stay.

ALTER TABLE cases ADD COLUMN swept_at INTEGER;                           -- when its content was removed; NULL while it is here
CREATE INDEX cases_to_sweep ON cases (swept_at, changed_at) WHERE swept_at IS NULL
    AND state IN ('refused_by_partner', 'referred', 'not_accepted', 'returned', 'voided', 'withdrawn', 'delivered');
CREATE INDEX feed_of_case ON feed (case_id) WHERE confirmed_at IS NULL;
CREATE INDEX feed_confirmed ON feed (confirmed_at) WHERE confirmed_at IS NOT NULL;

-- Where the next look at the log of evidence begins: envelopes that belong to no case are found there.
CREATE TABLE retention (
    what TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;
