-- Cases are found by the numbers both sides gave them, and by the applicant's name, of which only a keyed hash is kept.

ALTER TABLE cases ADD COLUMN name_key BLOB NOT NULL DEFAULT x'';
CREATE INDEX cases_by_name ON cases (name_key) WHERE name_key <> x'';
CREATE INDEX cases_unnamed ON cases (case_id) WHERE name_key = x'' AND private <> x'';
CREATE INDEX cases_by_origin_number ON cases (origin_number);
CREATE INDEX cases_by_handler_number ON cases (handler_number) WHERE handler_number <> '';

-- Auditors take the rows of some days along.
CREATE INDEX audit_by_time ON audit (at);
