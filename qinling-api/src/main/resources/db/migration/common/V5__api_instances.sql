-- The processes that are alive, and which of them runs an execution. Its running rows are found by executions_status.
CREATE TABLE IF NOT EXISTS api_instances (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    place VARCHAR(255) NOT NULL,
    beat BIGINT DEFAULT 0 NOT NULL,
    started_at ${time}
) ${table};

-- Columns at the end, with constant defaults: no database but H2 rewrites the table for them.
ALTER TABLE executions ADD COLUMN IF NOT EXISTS api_id VARCHAR(36);
ALTER TABLE executions ADD COLUMN IF NOT EXISTS attempts INT DEFAULT 0 NOT NULL;
ALTER TABLE executions ADD COLUMN IF NOT EXISTS last_error VARCHAR(1000);
