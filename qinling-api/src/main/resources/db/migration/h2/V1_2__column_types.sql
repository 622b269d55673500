-- Texts of usual length stay in their row, which saves a second write for each.
SET MAX_LENGTH_INPLACE_LOB 4096;

ALTER TABLE functions ADD CONSTRAINT IF NOT EXISTS functions_runtime_id_fkey
    FOREIGN KEY (runtime_id) REFERENCES runtimes (id);
ALTER TABLE function_versions ADD CONSTRAINT IF NOT EXISTS function_versions_function_id_fkey
    FOREIGN KEY (function_id) REFERENCES functions (id);
ALTER TABLE function_aliases ADD CONSTRAINT IF NOT EXISTS function_aliases_function_id_fkey
    FOREIGN KEY (function_id) REFERENCES functions (id);
ALTER TABLE jobs ADD CONSTRAINT IF NOT EXISTS jobs_function_id_fkey
    FOREIGN KEY (function_id) REFERENCES functions (id);
