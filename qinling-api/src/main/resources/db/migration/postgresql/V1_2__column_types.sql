-- Their names and rules depend on who made the tables.
DO $$
DECLARE
    found RECORD;
BEGIN
    FOR found IN
        SELECT conrelid::regclass AS tab, conname AS name
        FROM pg_constraint
        WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.tab, found.name);
    END LOOP;
END
$$;

-- Texts are compared by their characters' codes, as in the other databases, whatever the collation of the database.
DO $$
DECLARE
    found RECORD;
BEGIN
    FOR found IN
        SELECT table_name, column_name, data_type, character_maximum_length AS length
        FROM information_schema.columns
        WHERE table_schema = current_schema()
            AND table_name IN (
                'runtimes', 'functions', 'function_versions', 'function_aliases', 'executions', 'jobs', 'webhooks')
            AND data_type IN ('character varying', 'text')
            AND collation_name IS DISTINCT FROM 'C'
    LOOP
        EXECUTE format(
            'ALTER TABLE %I ALTER COLUMN %I TYPE %s COLLATE "C"', found.table_name, found.column_name,
            CASE WHEN found.length IS NULL THEN 'TEXT' ELSE format('VARCHAR(%s)', found.length) END);
    END LOOP;
END
$$;

ALTER TABLE runtimes
    ALTER COLUMN is_public SET DEFAULT TRUE,
    ALTER COLUMN is_public SET NOT NULL,
    ALTER COLUMN trusted SET DEFAULT TRUE,
    ALTER COLUMN trusted SET NOT NULL;

ALTER TABLE functions
    ALTER COLUMN cpu SET DEFAULT 0,
    ALTER COLUMN cpu SET NOT NULL,
    ALTER COLUMN memory_size SET DEFAULT 0,
    ALTER COLUMN memory_size SET NOT NULL,
    ALTER COLUMN count SET DEFAULT 0,
    ALTER COLUMN count SET NOT NULL,
    ALTER COLUMN latest_version SET DEFAULT 0,
    ALTER COLUMN latest_version SET NOT NULL;

ALTER TABLE function_versions
    ALTER COLUMN function_id SET NOT NULL,
    ALTER COLUMN version_number SET DEFAULT 0,
    ALTER COLUMN version_number SET NOT NULL,
    ALTER COLUMN count SET DEFAULT 0,
    ALTER COLUMN count SET NOT NULL;

ALTER TABLE function_aliases
    ALTER COLUMN function_id SET NOT NULL,
    ALTER COLUMN function_version SET DEFAULT 0,
    ALTER COLUMN function_version SET NOT NULL;

ALTER TABLE executions
    ALTER COLUMN function_id DROP NOT NULL,
    ALTER COLUMN function_version SET DEFAULT 0,
    ALTER COLUMN function_version SET NOT NULL,
    ALTER COLUMN sync SET DEFAULT TRUE,
    ALTER COLUMN sync SET NOT NULL;

ALTER TABLE jobs
    ALTER COLUMN function_id DROP NOT NULL,
    ALTER COLUMN function_version SET DEFAULT 0,
    ALTER COLUMN function_version SET NOT NULL;

ALTER TABLE webhooks
    ALTER COLUMN function_id DROP NOT NULL,
    ALTER COLUMN function_version DROP NOT NULL;

ALTER TABLE functions ADD CONSTRAINT functions_runtime_id_fkey
    FOREIGN KEY (runtime_id) REFERENCES runtimes (id);
ALTER TABLE function_versions ADD CONSTRAINT function_versions_function_id_fkey
    FOREIGN KEY (function_id) REFERENCES functions (id);
ALTER TABLE function_aliases ADD CONSTRAINT function_aliases_function_id_fkey
    FOREIGN KEY (function_id) REFERENCES functions (id);
ALTER TABLE jobs ADD CONSTRAINT jobs_function_id_fkey
    FOREIGN KEY (function_id) REFERENCES functions (id);
