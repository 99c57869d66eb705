-- What is not believed any more, and what partners announce of their next keys.

-- Every deny list that was in force, as its file said; the newest is the one a start goes on with.
CREATE TABLE deny_lists (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,                        -- when it came into force
    sha256 TEXT NOT NULL,                       -- of the file
    content TEXT NOT NULL,                      -- of the file; nothing in it is secret
    who TEXT NOT NULL                           -- system user the file belonged to
);

-- Keys partners announced that are not in their files, or not as they are announced now.
CREATE TABLE announced_keys (
    partner TEXT NOT NULL,
    kid TEXT NOT NULL,                          -- RFC 7638 thumbprint
    use TEXT NOT NULL,                          -- seal | token
    algorithm TEXT NOT NULL,                    -- ES256 | EdDSA
    public BLOB NOT NULL,                       -- SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7)
    valid_from INTEGER NOT NULL,
    seal_until INTEGER NOT NULL,
    accept_until INTEGER NOT NULL,
    proven_by TEXT NOT NULL,                    -- kid of the key that sealed the announcement
    seen_at INTEGER NOT NULL,                   -- first announced like this
    again_at INTEGER NOT NULL,                  -- last announced like this
    standing TEXT NOT NULL,                     -- waiting | approved | rejected | changed
    decided_at INTEGER,
    decided_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (partner, kid)
) WITHOUT ROWID;
CREATE INDEX announced_keys_open ON announced_keys (partner, kid) WHERE standing IN ('waiting', 'changed');

-- The last announcement of each partner that was not believed; gone as soon as one is.
CREATE TABLE doubtful_announcements (
    partner TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,                       -- a reason word
    since INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL
) WITHOUT ROWID;
