-- Where a function's package is kept, and how often what runs has changed.
ALTER TABLE functions ADD COLUMN IF NOT EXISTS package_digest VARCHAR(64);
ALTER TABLE functions ADD COLUMN IF NOT EXISTS revision BIGINT DEFAULT 0 NOT NULL;

CREATE INDEX IF NOT EXISTS functions_project_id ON functions (project_id, created_at, id);
CREATE INDEX IF NOT EXISTS functions_package_digest ON functions (package_digest);
CREATE INDEX IF NOT EXISTS functions_runtime_id ON functions (runtime_id);

CREATE INDEX IF NOT EXISTS function_versions_function_id ON function_versions (function_id, version_number);

CREATE INDEX IF NOT EXISTS function_aliases_project_id ON function_aliases (project_id, created_at, id);
CREATE INDEX IF NOT EXISTS function_aliases_function_id ON function_aliases (function_id);

-- Lists of a project, of a function, of all projects, and of those with a rare status.
CREATE INDEX IF NOT EXISTS executions_project_id ON executions (project_id, created_at, id);
CREATE INDEX IF NOT EXISTS executions_function_id ON executions (function_id, created_at, id);
CREATE INDEX IF NOT EXISTS executions_created_at ON executions (created_at, id);
CREATE INDEX IF NOT EXISTS executions_status ON executions (status, project_id, created_at, id);

CREATE INDEX IF NOT EXISTS jobs_project_id ON jobs (project_id, created_at, id);
CREATE INDEX IF NOT EXISTS jobs_function_id ON jobs (function_id);
CREATE INDEX IF NOT EXISTS jobs_function_alias ON jobs (project_id, function_alias);

CREATE INDEX IF NOT EXISTS webhooks_project_id ON webhooks (project_id, created_at, id);
CREATE INDEX IF NOT EXISTS webhooks_function_id ON webhooks (function_id);
CREATE INDEX IF NOT EXISTS webhooks_function_alias ON webhooks (project_id, function_alias);
