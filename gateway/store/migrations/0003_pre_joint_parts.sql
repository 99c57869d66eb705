-- What the parts of a joint case are that this region decides itself: they are told, not sent.

ALTER TABLE joint_cases ADD COLUMN local_parts TEXT NOT NULL DEFAULT '';  -- JSON; codes and item names, nothing personal
CREATE INDEX joint_cases_by_opening ON joint_cases (opened_at, parent_id);
