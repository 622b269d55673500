-- The tables of Qinling 5 at its last migration, with its names; foreign keys come with the types of their columns.
-- Where Qinling 5 left the tables, this changes nothing.
--
-- Migrations of this folder run on every database. What differs stands in placeholders: texts of any length, times,
-- and what ends CREATE TABLE. MariaDB cannot undo a part of a migration, so each statement must bear being repeated.

CREATE TABLE IF NOT EXISTS runtimes (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    name VARCHAR(255),
    description VARCHAR(255),
    image VARCHAR(255) NOT NULL,
    status VARCHAR(32) NOT NULL,
    is_public BOOLEAN DEFAULT TRUE NOT NULL,
    trusted BOOLEAN DEFAULT TRUE NOT NULL,
    created_at ${time},
    updated_at ${time}
) ${table};

CREATE TABLE IF NOT EXISTS functions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    name VARCHAR(255),
    description VARCHAR(255),
    runtime_id VARCHAR(36),
    cpu INT DEFAULT 0 NOT NULL,
    memory_size INT DEFAULT 0 NOT NULL,
    timeout INT,
    code ${text} NOT NULL,
    entry VARCHAR(80),
    count INT DEFAULT 0 NOT NULL,
    trust_id VARCHAR(80),
    latest_version INT DEFAULT 0 NOT NULL,
    created_at ${time},
    updated_at ${time}
) ${table};

CREATE TABLE IF NOT EXISTS function_versions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_id VARCHAR(36) NOT NULL,
    description VARCHAR(255),
    version_number INT DEFAULT 0 NOT NULL,
    count INT DEFAULT 0 NOT NULL,
    created_at ${time},
    updated_at ${time},
    UNIQUE (project_id, function_id, version_number)
) ${table};

CREATE TABLE IF NOT EXISTS function_aliases (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_id VARCHAR(36) NOT NULL,
    name VARCHAR(255) NOT NULL,
    description VARCHAR(255),
    function_version INT DEFAULT 0 NOT NULL,
    created_at ${time},
    updated_at ${time},
    UNIQUE (project_id, function_id, function_version),
    UNIQUE (project_id, name)
) ${table};

CREATE TABLE IF NOT EXISTS executions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_alias VARCHAR(255),
    function_id VARCHAR(36),
    function_version INT DEFAULT 0 NOT NULL,
    status VARCHAR(32) NOT NULL,
    sync BOOLEAN DEFAULT TRUE NOT NULL,
    input ${text},
    result ${text},
    description VARCHAR(255),
    logs ${text},
    created_at ${time},
    updated_at ${time}
) ${table};

CREATE TABLE IF NOT EXISTS jobs (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    name VARCHAR(255),
    pattern VARCHAR(32),
    status VARCHAR(32) NOT NULL,
    first_execution_time ${time},
    next_execution_time ${time} NOT NULL,
    count INT,
    function_id VARCHAR(36),
    function_alias VARCHAR(255),
    function_version INT DEFAULT 0 NOT NULL,
    function_input VARCHAR(255),
    created_at ${time},
    updated_at ${time}
) ${table};

CREATE TABLE IF NOT EXISTS webhooks (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_alias VARCHAR(255),
    function_id VARCHAR(36),
    function_version INT,
    description VARCHAR(255),
    created_at ${time},
    updated_at ${time}
) ${table};
