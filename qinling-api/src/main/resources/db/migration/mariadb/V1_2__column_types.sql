-- Qinling 5 left times without fractions of a second, logs of 64 KiB, and texts of three bytes a character that were
-- compared without regard to case. Here texts are compared by their characters' codes, as in the other databases.

-- What a foreign key refers to cannot be changed, and their names depend on who made the tables.
DELIMITER //
BEGIN NOT ATOMIC
    FOR found IN (
        SELECT table_name AS tab, constraint_name AS name
        FROM information_schema.referential_constraints
        WHERE constraint_schema = DATABASE())
    DO
        EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', found.tab, '` DROP FOREIGN KEY `', found.name, '`');
    END FOR;
END //
DELIMITER ;

ALTER TABLE runtimes
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY is_public BOOLEAN DEFAULT TRUE NOT NULL,
    MODIFY trusted BOOLEAN DEFAULT TRUE NOT NULL;

ALTER TABLE functions
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY code LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    MODIFY cpu INT DEFAULT 0 NOT NULL,
    MODIFY memory_size INT DEFAULT 0 NOT NULL,
    MODIFY count INT DEFAULT 0 NOT NULL,
    MODIFY latest_version INT DEFAULT 0 NOT NULL;

ALTER TABLE function_versions
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY function_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    MODIFY version_number INT DEFAULT 0 NOT NULL,
    MODIFY count INT DEFAULT 0 NOT NULL;

ALTER TABLE function_aliases
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY function_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    MODIFY function_version INT DEFAULT 0 NOT NULL;

ALTER TABLE executions
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY function_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY function_version INT DEFAULT 0 NOT NULL,
    MODIFY sync BOOLEAN DEFAULT TRUE NOT NULL,
    MODIFY input LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY result LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY logs LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

ALTER TABLE jobs
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY first_execution_time DATETIME(6),
    MODIFY next_execution_time DATETIME(6) NOT NULL,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY function_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY function_version INT DEFAULT 0 NOT NULL;

ALTER TABLE webhooks
    ROW_FORMAT = DYNAMIC,
    CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY created_at DATETIME(6),
    MODIFY updated_at DATETIME(6),
    MODIFY function_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    MODIFY function_version INT;

ALTER TABLE functions ADD CONSTRAINT functions_runtime_id_fkey
    FOREIGN KEY IF NOT EXISTS (runtime_id) REFERENCES runtimes (id);
ALTER TABLE function_versions ADD CONSTRAINT function_versions_function_id_fkey
    FOREIGN KEY IF NOT EXISTS (function_id) REFERENCES functions (id);
ALTER TABLE function_aliases ADD CONSTRAINT function_aliases_function_id_fkey
    FOREIGN KEY IF NOT EXISTS (function_id) REFERENCES functions (id);
ALTER TABLE jobs ADD CONSTRAINT jobs_function_id_fkey
    FOREIGN KEY IF NOT EXISTS (function_id) REFERENCES functions (id);
