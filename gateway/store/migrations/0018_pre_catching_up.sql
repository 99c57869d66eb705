-- How far a restored life has come with each partner, so that an attempt that was cut off goes on and does not begin anew.
CREATE TABLE catching_up (
    incarnation TEXT NOT NULL,
    partner TEXT NOT NULL,
    day TEXT NOT NULL,                          -- YYYY-MM-DD in Asia/Shanghai
    done INTEGER NOT NULL DEFAULT 0,            -- both directions were compared, and what was lacking is settled
    taken INTEGER NOT NULL DEFAULT 0,           -- envelopes that came back
    left_out INTEGER NOT NULL DEFAULT 0,        -- envelopes that proved nothing
    PRIMARY KEY (incarnation, partner, day)
) WITHOUT ROWID;
