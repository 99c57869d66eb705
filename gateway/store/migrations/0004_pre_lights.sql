-- When each case turns yellow and red, so that the pressing ones are found without counting; deemed acceptance.

ALTER TABLE cases ADD COLUMN deemed INTEGER NOT NULL DEFAULT 0;  -- 视为受理: accepted by silence
ALTER TABLE cases ADD COLUMN warns_at INTEGER;                    -- first of its running clocks turns yellow, as counted when written
ALTER TABLE cases ADD COLUMN overdue_at INTEGER;                  -- first of its clocks runs out or ran out, as counted when written
CREATE INDEX cases_by_warning ON cases (warns_at) WHERE warns_at IS NOT NULL;
CREATE INDEX cases_by_overdue ON cases (overdue_at) WHERE overdue_at IS NOT NULL;
