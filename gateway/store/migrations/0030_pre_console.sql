-- People at the console, their sessions, and links that are good once.

CREATE TABLE people (
    person_id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    staff_number TEXT NOT NULL,
    organisation TEXT NOT NULL,
    division TEXT NOT NULL,                     -- twelve digits
    roles TEXT NOT NULL,                        -- comma separated
    active INTEGER NOT NULL,
    password TEXT NOT NULL,                     -- Argon2id; empty: none yet, or signs in elsewhere
    factor BLOB NOT NULL,                       -- secret of the second factor, encrypted; empty: none
    factor_step INTEGER NOT NULL,               -- newest step whose code was used
    subject TEXT NOT NULL,                      -- at the identity provider (OIDC sub); empty: none
    failures INTEGER NOT NULL,                  -- wrong passwords and codes since the last right one
    locked_until INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX people_by_login ON people (login);
CREATE UNIQUE INDEX people_by_subject ON people (subject) WHERE subject <> '';

CREATE TABLE console_sessions (
    token_sha256 BLOB NOT NULL PRIMARY KEY,     -- of the cookie, which is kept nowhere
    session_id TEXT NOT NULL,                   -- names it in the audit and on the page of sessions
    person_id TEXT NOT NULL,
    complete INTEGER NOT NULL,                  -- 0 until the second factor was given
    began_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX console_sessions_of ON console_sessions (person_id);
CREATE INDEX console_sessions_by_end ON console_sessions (ends_at);

CREATE TABLE console_links (
    token_sha256 BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,                      -- first: make the first account | password: choose a password | sign_in
    person_id TEXT NOT NULL,                    -- empty for first
    ends_at INTEGER NOT NULL,
    used_at INTEGER
) WITHOUT ROWID;
