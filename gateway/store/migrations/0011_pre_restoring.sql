-- What a restore from backup needs to know, and what is compared with a partner day by day.

-- A life that began with a restore says so: with which moment the store stood still, and when it went on.
ALTER TABLE incarnation ADD COLUMN backup_at INTEGER;                    -- NULL: it began with the first start

-- With which partners a life that began with a restore has caught up; nothing new is sealed for the others.
CREATE TABLE caught_up (
    incarnation TEXT NOT NULL,
    partner TEXT NOT NULL,
    outcome TEXT NOT NULL,                      -- done | ended: by an operator, without having asked
    taken_back INTEGER NOT NULL,                -- envelopes that came back
    at INTEGER NOT NULL,
    PRIMARY KEY (incarnation, partner)
) WITHOUT ROWID;

ALTER TABLE inbox ADD COLUMN sealed_at INTEGER NOT NULL DEFAULT 0;       -- as the envelope says
UPDATE inbox SET sealed_at = received_at;                                -- the nearest that is known of older rows
CREATE INDEX inbox_by_sealing ON inbox (sender, sealed_at);
CREATE INDEX outbox_by_sealing ON outbox (partner, owed_at) WHERE settled_at IS NOT NULL;

-- A case that came back from the partner after a restore belongs to no system until one claims it or hands it in again, and
-- two systems may have used the same number.
DROP INDEX cases_of_system;
CREATE UNIQUE INDEX cases_of_system ON cases (system, origin_number) WHERE party = 'origin' AND system <> '';
CREATE INDEX cases_came_back ON cases (origin_number) WHERE party = 'origin' AND system = '';
