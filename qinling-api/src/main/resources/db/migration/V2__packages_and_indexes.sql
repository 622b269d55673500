-- Where a function's package is kept, and how often what runs has changed.
ALTER TABLE functions ADD COLUMN package_digest VARCHAR(64);
ALTER TABLE functions ADD COLUMN revision BIGINT DEFAULT 0 NOT NULL;

CREATE INDEX functions_project_id ON functions (project_id, created_at);
CREATE INDEX functions_package_digest ON functions (package_digest);
CREATE INDEX executions_project_id ON executions (project_id, created_at);
CREATE INDEX executions_function_id ON executions (function_id);
CREATE INDEX executions_status ON executions (status);

-- Texts of usual length stay in their row, which saves a second write for each.
SET MAX_LENGTH_INPLACE_LOB 4096;
