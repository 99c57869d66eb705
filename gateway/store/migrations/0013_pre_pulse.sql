-- One row that is written every few seconds: whether the store takes writes is known without traffic.
CREATE TABLE pulse (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    beat_at INTEGER NOT NULL                    -- microseconds since 1970-01-01 UTC
);
