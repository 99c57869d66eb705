-- What regions demand and promise, in every version that ever was; cases bound to a version; clocks; licences; joint cases.

-- One row per version of an item of a region, ours and partners'.  A version is never overwritten.
CREATE TABLE items (
    region TEXT NOT NULL,                       -- gateway code of the region whose item it is
    item_key TEXT NOT NULL,                     -- basic code / division / task code
    version INTEGER NOT NULL,
    basic_code TEXT NOT NULL,
    state TEXT NOT NULL,                        -- in_use | paused | cancelled
    valid_from TEXT NOT NULL,                   -- yyyy-mm-dd, Asia/Shanghai
    catalogue_version INTEGER NOT NULL,         -- of the region's catalogue with which this version came
    digest BLOB NOT NULL,                       -- SHA-256 of the definition
    definition BLOB NOT NULL,                   -- JSON
    at INTEGER NOT NULL,
    PRIMARY KEY (region, item_key, version)
);
CREATE INDEX items_by_code ON items (region, basic_code, version);
CREATE INDEX items_by_catalogue ON items (region, catalogue_version);

-- How fresh the catalogue of each region is.
CREATE TABLE catalogues (
    region TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    asked_at INTEGER,                           -- last time a partner was asked and answered; NULL for our own
    reason TEXT NOT NULL                        -- why the last question failed; empty when it did not
);

ALTER TABLE cases ADD COLUMN item_version INTEGER NOT NULL DEFAULT 0;  -- the handler's version the case is bound to; 0: none known
ALTER TABLE cases ADD COLUMN joint_parent TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN clockwork TEXT NOT NULL DEFAULT '';       -- JSON: what its clocks are counted from; nothing personal
ALTER TABLE cases ADD COLUMN next_due INTEGER;                          -- when the next of our own clocks runs out
CREATE INDEX cases_by_due ON cases (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX cases_by_parent ON cases (joint_parent) WHERE joint_parent <> '';
CREATE INDEX cases_by_item ON cases (partner, basic_code, state);

-- The parent of a joint case, at the origin alone; its state is derived from its children.
CREATE TABLE joint_cases (
    parent_id TEXT NOT NULL PRIMARY KEY,        -- 协同编号 of the whole
    system TEXT NOT NULL,
    origin_number TEXT NOT NULL,
    title TEXT NOT NULL,                        -- what the whole is called, nothing personal
    origin_division TEXT NOT NULL,
    delivery_way TEXT NOT NULL,
    withdrawn_at INTEGER,
    delivered_at INTEGER,
    request_sha256 BLOB NOT NULL,
    applicant_key BLOB NOT NULL,
    private BLOB NOT NULL,                      -- applicant's name, encrypted
    opened_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX joint_cases_of_system ON joint_cases (system, origin_number);

-- Every time an electronic licence was verified: why, with what outcome, when (GB/T 36906 useCause).
CREATE TABLE licence_checks (
    position INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    stage TEXT NOT NULL,                        -- submission | acceptance | decision | later
    use_cause TEXT NOT NULL,
    outcome TEXT NOT NULL,                      -- valid | invalid | pending
    licence_state TEXT NOT NULL,                -- 01 有效 … 99 其他 (GB/T 36906), empty when the source did not answer
    valid_to TEXT NOT NULL,                     -- yyyy-mm-dd, empty for none
    source TEXT NOT NULL,
    detail TEXT NOT NULL,                       -- reason word when it could not be verified
    at INTEGER NOT NULL
);
CREATE INDEX licence_checks_by_case ON licence_checks (case_id, position);
CREATE INDEX licence_checks_pending ON licence_checks (at) WHERE outcome = 'pending';
