-- The tables of Qinling 5 at its last migration, with its names.

CREATE TABLE runtimes (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    name VARCHAR(255),
    description VARCHAR(255),
    image VARCHAR(255) NOT NULL,
    status VARCHAR(32) NOT NULL,
    is_public BOOLEAN DEFAULT TRUE NOT NULL,
    trusted BOOLEAN DEFAULT TRUE NOT NULL,
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6)
);

CREATE TABLE functions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    name VARCHAR(255),
    description VARCHAR(255),
    runtime_id VARCHAR(36) REFERENCES runtimes (id),
    cpu INT DEFAULT 0 NOT NULL,
    memory_size INT DEFAULT 0 NOT NULL,
    timeout INT,
    code CLOB NOT NULL,
    entry VARCHAR(80),
    count INT DEFAULT 0 NOT NULL,
    trust_id VARCHAR(80),
    latest_version INT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6)
);

CREATE TABLE function_versions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_id VARCHAR(36) NOT NULL REFERENCES functions (id),
    description VARCHAR(255),
    version_number INT DEFAULT 0 NOT NULL,
    count INT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6),
    UNIQUE (project_id, function_id, version_number)
);

CREATE TABLE function_aliases (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_id VARCHAR(36) NOT NULL REFERENCES functions (id),
    name VARCHAR(255) NOT NULL,
    description VARCHAR(255),
    function_version INT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6),
    UNIQUE (project_id, function_id, function_version),
    UNIQUE (project_id, name)
);

CREATE TABLE executions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_alias VARCHAR(255),
    function_id VARCHAR(36),
    function_version INT DEFAULT 0 NOT NULL,
    status VARCHAR(32) NOT NULL,
    sync BOOLEAN DEFAULT TRUE NOT NULL,
    input CLOB,
    result CLOB,
    description VARCHAR(255),
    logs CLOB,
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6)
);

CREATE TABLE jobs (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    name VARCHAR(255),
    pattern VARCHAR(32),
    status VARCHAR(32) NOT NULL,
    first_execution_time TIMESTAMP(6),
    next_execution_time TIMESTAMP(6) NOT NULL,
    count INT,
    function_id VARCHAR(36) REFERENCES functions (id),
    function_alias VARCHAR(255),
    function_version INT DEFAULT 0 NOT NULL,
    function_input VARCHAR(255),
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6)
);

CREATE TABLE webhooks (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(80) NOT NULL,
    function_alias VARCHAR(255),
    function_id VARCHAR(36),
    function_version INT,
    description VARCHAR(255),
    created_at TIMESTAMP(6),
    updated_at TIMESTAMP(6)
);
