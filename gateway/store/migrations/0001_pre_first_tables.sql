-- Times are microseconds since 1970-01-01 UTC.  Digests are SHA-256.  Everything personal lies in `bodies.sealed`,
-- `cases.private` and the material files, encrypted; `applicant_key` is a keyed hash for look-ups.

-- One row per case this gateway is a party to.
CREATE TABLE cases (
    case_id TEXT NOT NULL PRIMARY KEY,          -- 协同编号
    party TEXT NOT NULL,                        -- which side we are: origin | handler
    partner TEXT NOT NULL,                      -- gateway code of the other side
    agreement TEXT NOT NULL,                    -- number of the agreement the case was opened under
    powers TEXT NOT NULL,                       -- powers granted to the origin then, comma separated
    system TEXT NOT NULL,                       -- local system in charge; empty while nobody claimed it
    origin_number TEXT NOT NULL,
    handler_number TEXT NOT NULL,
    basic_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    mode TEXT NOT NULL,
    origin_division TEXT NOT NULL,
    handler_division TEXT NOT NULL,
    state TEXT NOT NULL,
    base TEXT NOT NULL,
    supplement_open INTEGER NOT NULL,
    decision TEXT NOT NULL,
    case_version INTEGER NOT NULL,              -- last version folded here
    our_sequence INTEGER NOT NULL,              -- last number we used
    their_sequence INTEGER NOT NULL,            -- last number of theirs taken in turn
    request_sha256 BLOB,                        -- the local system's request, to know the same again
    applicant_key BLOB NOT NULL,
    private BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
);
-- (system, its own number) is unique for ever.
CREATE UNIQUE INDEX cases_of_system ON cases (system, origin_number) WHERE party = 'origin';
CREATE INDEX cases_by_opening ON cases (opened_at, case_id);
CREATE INDEX cases_by_state ON cases (state, opened_at);
CREATE INDEX cases_by_applicant ON cases (applicant_key);

-- One row per thing that happened to a case, the opening included.
CREATE TABLE events (
    case_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    envelope_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    version INTEGER,                            -- given by the handler's gateway; NULL while it is not known
    kind TEXT NOT NULL,
    standing TEXT NOT NULL,                     -- pending | held | folded | refused | given_up
    reason TEXT NOT NULL,                       -- why it was refused
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, sender, sequence)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_by_id ON events (case_id, event_id);
CREATE INDEX events_by_envelope ON events (envelope_id);
CREATE UNIQUE INDEX events_by_version ON events (case_id, version) WHERE version IS NOT NULL;

-- Exact sealed bytes, envelopes and receipt batches of either direction, encrypted at rest.
CREATE TABLE bodies (
    sender TEXT NOT NULL,
    object_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (sender, object_id)
);

-- Envelopes we owe, and how they fared.
CREATE TABLE outbox (
    envelope_id TEXT NOT NULL PRIMARY KEY,
    partner TEXT NOT NULL,
    case_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    payload_sha256 BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    materials_wait INTEGER NOT NULL,            -- 1 until the partner has the files of the envelope
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    last_reason TEXT NOT NULL,
    owed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    settled_at INTEGER,
    outcome TEXT NOT NULL,                      -- accepted | refused | empty while it is owed
    batch_id TEXT NOT NULL                      -- the receipt batch that settled it
);
-- In the order in which they were owed, so that a later envelope of a case never flies before an earlier one.
CREATE INDEX outbox_owed ON outbox (partner, owed_at, sequence) WHERE settled_at IS NULL;
CREATE INDEX outbox_by_case ON outbox (case_id, sequence);
CREATE INDEX outbox_by_expiry ON outbox (expires_at) WHERE settled_at IS NULL;

-- Envelopes answered for ever, and with which batch of receipts.
CREATE TABLE inbox (
    sender TEXT NOT NULL,
    envelope_id TEXT NOT NULL,
    payload_sha256 BLOB NOT NULL,
    outcome TEXT NOT NULL,                      -- accepted | refused | never_seen
    batch_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (sender, envelope_id)
) WITHOUT ROWID;

-- What was said and when, in order; the bytes themselves are in bodies.
CREATE TABLE evidence (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                         -- envelope | receipts
    sender TEXT NOT NULL,
    object_id TEXT NOT NULL,
    sealed_sha256 BLOB NOT NULL,
    leaf BLOB NOT NULL,                         -- RFC 9162 leaf hash
    at INTEGER NOT NULL
);

-- Who did what; nothing personal.
CREATE TABLE audit (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject, position);

-- What local systems have to learn, in order, until they confirm it.
CREATE TABLE feed (
    position INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,                         -- case | event | receipt | not_handed_over
    sender TEXT NOT NULL,
    envelope_id TEXT NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    confirmed_at INTEGER
);
CREATE INDEX feed_waiting ON feed (system, position) WHERE confirmed_at IS NULL;

-- Who announced or holds which file: a digest known from elsewhere counts as missing.
CREATE TABLE possessions (
    holder TEXT NOT NULL,                       -- system:<name> or <partner>/<case_id>
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    at INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    PRIMARY KEY (holder, sha256)
) WITHOUT ROWID;
CREATE INDEX possessions_by_digest ON possessions (sha256);

-- Files that belong to a case, on either side.
CREATE TABLE case_files (
    case_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    sender TEXT NOT NULL,
    PRIMARY KEY (case_id, sha256)
) WITHOUT ROWID;

-- Idempotency keys of local systems.
CREATE TABLE answers (
    system TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 BLOB NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (system, key)
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);

-- How things stand with each partner.
CREATE TABLE peers (
    partner TEXT NOT NULL PRIMARY KEY,
    quiet_until INTEGER NOT NULL,               -- written before anything is sent
    failures INTEGER NOT NULL,
    last_reason TEXT NOT NULL,
    last_failure_at INTEGER,
    last_outward_at INTEGER,
    last_inward_at INTEGER,
    clock_skew INTEGER
);

-- One row: which life of the store this is; a restore begins a new one.
CREATE TABLE incarnation (
    id TEXT NOT NULL PRIMARY KEY,
    began_at INTEGER NOT NULL
);
