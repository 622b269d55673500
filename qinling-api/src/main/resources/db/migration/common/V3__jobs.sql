-- What is due.
CREATE INDEX IF NOT EXISTS jobs_status ON jobs (status, next_execution_time, id);
