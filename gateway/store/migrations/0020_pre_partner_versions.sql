-- Every version of a partner file that was ever live, so that the last good one survives a restart and any can come back.
CREATE TABLE partner_versions (
    code TEXT NOT NULL,                         -- gateway code of the partner
    version INTEGER NOT NULL,                   -- 1, 2, 3 … of each partner
    file TEXT NOT NULL,                         -- name in the partners folder
    sha256 TEXT NOT NULL,                       -- of the file
    identity TEXT NOT NULL,                     -- of the file and all files it names
    digest TEXT NOT NULL,                       -- of what it says, comments left out
    live_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_why TEXT NOT NULL DEFAULT '',         -- replaced | removed
    how TEXT NOT NULL,                          -- start | edit | rollback | the command that wrote it
    who TEXT NOT NULL,                          -- system user: owner of the file, or who gave the command
    edited_at INTEGER NOT NULL,                 -- modification time of the file
    PRIMARY KEY (code, version)
) WITHOUT ROWID;
CREATE INDEX partner_versions_live ON partner_versions (code) WHERE ended_at IS NULL;

-- What a version consists of: the file itself under the name '', and the files it names.
CREATE TABLE partner_version_files (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (code, version, name)
) WITHOUT ROWID;

-- Each content once, encrypted at rest.
CREATE TABLE partner_contents (
    sha256 TEXT NOT NULL PRIMARY KEY,
    bytes INTEGER NOT NULL,
    sealed BLOB NOT NULL
);

-- Every edit that was seen on disk, those too that did not go live.
CREATE TABLE partner_edits (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    file TEXT NOT NULL,
    code TEXT NOT NULL,                         -- empty when it is not known
    sha256 TEXT NOT NULL,                       -- empty for a file that was removed or cannot be read
    who TEXT NOT NULL,
    outcome TEXT NOT NULL,                      -- live | refused | removed
    version INTEGER,                            -- the version that went live
    findings INTEGER NOT NULL,
    diff BLOB                                   -- sealed; of a refused edit, against what is live; no long encoded values
);
CREATE INDEX partner_edits_of_code ON partner_edits (code, position);
CREATE INDEX partner_edits_with_diff ON partner_edits (file, position) WHERE diff IS NOT NULL;

-- What was last seen of each file, so that a restart does not take it for an edit.
CREATE TABLE partner_files_seen (
    file TEXT NOT NULL PRIMARY KEY,
    identity TEXT NOT NULL
) WITHOUT ROWID;
