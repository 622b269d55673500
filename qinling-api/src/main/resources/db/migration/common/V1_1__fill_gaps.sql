-- Qinling 5 left NULL where it had tables made by its services instead of its migrations.
UPDATE runtimes SET is_public = TRUE WHERE is_public IS NULL;
UPDATE runtimes SET trusted = TRUE WHERE trusted IS NULL;
UPDATE functions SET cpu = 0 WHERE cpu IS NULL;
UPDATE functions SET memory_size = 0 WHERE memory_size IS NULL;
UPDATE functions SET timeout = 5 WHERE timeout IS NULL;
UPDATE functions SET count = 0 WHERE count IS NULL;
UPDATE functions SET latest_version = 0 WHERE latest_version IS NULL;
UPDATE function_versions SET version_number = 0 WHERE version_number IS NULL;
UPDATE function_versions SET count = 0 WHERE count IS NULL;
UPDATE function_aliases SET function_version = 0 WHERE function_version IS NULL;
UPDATE executions SET function_version = 0 WHERE function_version IS NULL;
UPDATE executions SET sync = TRUE WHERE sync IS NULL;
UPDATE jobs SET function_version = 0 WHERE function_version IS NULL;

-- Nobody could find these.
DELETE FROM function_versions WHERE function_id IS NULL;
DELETE FROM function_aliases WHERE function_id IS NULL;

-- Lists are ordered by the time of creation.
UPDATE runtimes SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;
UPDATE functions SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;
UPDATE function_versions SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;
UPDATE function_aliases SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;
UPDATE executions SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;
UPDATE jobs SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;
UPDATE webhooks SET created_at = COALESCE(updated_at, ${now}) WHERE created_at IS NULL;

-- Nobody runs them any more.
UPDATE executions SET status = 'error', updated_at = ${now} WHERE status = 'running';
