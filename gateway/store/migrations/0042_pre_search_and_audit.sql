-- Searching stays quick with a million cases: each way to narrow a list has an index in the order of lists
-- (store/case_lists.py says which is used when).  Without the number of the case behind it, an index does not give that order.
-- With the item behind, a partner and an item are looked for in the index alone.
CREATE INDEX cases_by_partner ON cases (partner, opened_at, case_id, basic_code);
CREATE INDEX cases_by_code ON cases (basic_code, opened_at, case_id);
-- Our own county: the first six digits of the place on our side of the case.
CREATE INDEX cases_by_county ON cases (
    party, substr(CASE party WHEN 'origin' THEN origin_division ELSE handler_division END, 1, 6), opened_at, case_id
);
DROP INDEX cases_by_name;
CREATE INDEX cases_by_name ON cases (name_key, opened_at, case_id) WHERE name_key <> x'';
DROP INDEX cases_by_applicant;
CREATE INDEX cases_by_applicant ON cases (applicant_key, opened_at, case_id);
DROP INDEX cases_by_state;
CREATE INDEX cases_by_state ON cases (state, opened_at, case_id);

-- Searches that somebody keeps (保存的视图); never with a number, a name or a certificate number in them.
CREATE TABLE saved_views (
    view_id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sought TEXT NOT NULL,                       -- JSON: item, partner, state, from, to, within
    made_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX saved_views_by_name ON saved_views (person_id, name);

-- From where: address of whoever acted at the console; empty for systems, regions and the gateway itself.
ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- What people did, found without what systems and regions did, of which there is far more.
CREATE INDEX audit_by_person ON audit (actor, position) WHERE actor >= 'person:' AND actor < 'person;';
CREATE INDEX audit_of_people ON audit (position) WHERE substr(actor, 1, 7) = 'person:';

-- A row of the audit is never changed; what is older than `retention.audit` is removed as a whole.
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'rows of the audit are not changed'); END;

-- Heads of the chain over the audit: each is a digest of the one before and of the rows since, and keyed.
CREATE TABLE audit_seals (
    last INTEGER NOT NULL PRIMARY KEY,          -- position of the last row it covers
    first INTEGER NOT NULL,                     -- position of the first
    rows INTEGER NOT NULL,
    head BLOB NOT NULL,                         -- SHA-256
    mac BLOB NOT NULL,                          -- keyed hash of position, count and head
    at INTEGER NOT NULL
);
