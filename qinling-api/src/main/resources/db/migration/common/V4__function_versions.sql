-- Where a version's package is kept.
ALTER TABLE function_versions ADD COLUMN IF NOT EXISTS package_digest VARCHAR(64);

CREATE INDEX IF NOT EXISTS function_versions_package_digest ON function_versions (package_digest);
