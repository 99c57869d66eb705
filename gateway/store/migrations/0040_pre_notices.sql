-- Notices to applicants: the numbers they got, and every copy that was printed.  Nothing personal.

CREATE TABLE notice_series (
    series TEXT NOT NULL PRIMARY KEY,           -- organ, letters and year: 恩政服受〔2026〕
    last INTEGER NOT NULL                       -- the running number given last
) WITHOUT ROWID;

CREATE TABLE notice_numbers (
    number TEXT NOT NULL PRIMARY KEY,           -- whole, as it is printed
    case_id TEXT NOT NULL,
    event_id TEXT NOT NULL,                     -- first version of the event the notice tells of
    given INTEGER NOT NULL,                     -- 1: by this gateway, from a series; 0: somebody wrote it
    at INTEGER NOT NULL,
    by_whom TEXT NOT NULL                       -- actor as in the audit
) WITHOUT ROWID;
CREATE UNIQUE INDEX notice_numbers_of ON notice_numbers (case_id, event_id);

CREATE TABLE notice_copies (
    case_id TEXT NOT NULL,
    event_id TEXT NOT NULL,                     -- empty for the slip
    kind TEXT NOT NULL,
    copy INTEGER NOT NULL,                      -- 1 for the first print
    token TEXT NOT NULL,                        -- of the form, so that the same form counts once
    at INTEGER NOT NULL,
    by_whom TEXT NOT NULL,
    PRIMARY KEY (case_id, event_id, kind, copy)
) WITHOUT ROWID;
CREATE UNIQUE INDEX notice_copies_by_token ON notice_copies (token);
