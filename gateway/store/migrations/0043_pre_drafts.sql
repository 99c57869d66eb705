-- Forms that somebody began at a window and has not sent yet: they outlive the page, the session and a restart.

CREATE TABLE console_drafts (
    person_id TEXT NOT NULL,                    -- whose it is; nobody else sees it
    draft_id TEXT NOT NULL,                     -- the token of the form
    sealed BLOB NOT NULL,                       -- where the form is and what was typed, encrypted
    changed_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, draft_id)
);
CREATE INDEX console_drafts_by_end ON console_drafts (ends_at);
