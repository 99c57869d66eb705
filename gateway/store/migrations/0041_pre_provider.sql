-- Signing in through an identity provider (OpenID Connect).
-- people.subject holds from now on a keyed hash of issuer and subject: some providers take numbers of people as subjects.

-- NULL: the session was not begun by the provider; else a keyed hash of its session there, empty where it names none.
ALTER TABLE console_sessions ADD COLUMN provider_session BLOB;

-- What counts once: a sign-in that came back, a notice of a sign-out. Kept until it would not be believed any more.
CREATE TABLE console_used (
    mark_sha256 BLOB NOT NULL PRIMARY KEY,
    ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX console_used_by_end ON console_used (ends_at);
