-- The tables of Qinling 5 at revision 011. What stands in braces depends on the database, and on whether its migrations
-- or its services made them.
CREATE TABLE runtimes (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    name VARCHAR(255),
    description VARCHAR(255),
    image VARCHAR(255) NOT NULL,
    status VARCHAR(32) NOT NULL,
    is_public {bool} {notnull},
    trusted {bool} {trusted},
    PRIMARY KEY (id)
) {table};

CREATE TABLE functions (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    name VARCHAR(255),
    description VARCHAR(255),
    runtime_id VARCHAR(36),
    memory_size INTEGER {notnull},
    timeout INTEGER,
    code {long} NOT NULL,
    entry VARCHAR(80),
    count INTEGER {notnull},
    trust_id VARCHAR(80),
    latest_version INTEGER {notnull},
    cpu INTEGER {notnull},
    PRIMARY KEY (id),
    FOREIGN KEY (runtime_id) REFERENCES runtimes (id)
) {table};

CREATE TABLE function_versions (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    function_id VARCHAR(36) {notnull},
    description VARCHAR(255),
    version_number INTEGER {notnull},
    count INTEGER {notnull},
    PRIMARY KEY (id),
    FOREIGN KEY (function_id) REFERENCES functions (id) {cascade},
    UNIQUE (project_id, function_id, version_number)
) {table};

CREATE INDEX function_versions_project_id_function_id_version_number
    ON function_versions (project_id, function_id, version_number);

CREATE TABLE function_aliases (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    function_id VARCHAR(36) {notnull},
    name VARCHAR(255) NOT NULL,
    description VARCHAR(255),
    function_version INTEGER {notnull},
    PRIMARY KEY (id),
    FOREIGN KEY (function_id) REFERENCES functions (id),
    UNIQUE (project_id, function_id, function_version),
    UNIQUE (project_id, name)
) {table};

CREATE INDEX function_aliases_project_id_function_id_function_version
    ON function_aliases (project_id, function_id, function_version);

CREATE INDEX function_aliases_project_id_name ON function_aliases (project_id, name);

CREATE TABLE executions (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    function_id VARCHAR(36),
    function_version INTEGER {notnull},
    status VARCHAR(32) NOT NULL,
    sync {bool} {notnull},
    input {long},
    result {long},
    description VARCHAR(255),
    logs TEXT,
    function_alias VARCHAR(255),
    PRIMARY KEY (id)
) {table};

CREATE TABLE jobs (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    name VARCHAR(255),
    pattern VARCHAR(32),
    status VARCHAR(32) NOT NULL,
    first_execution_time {time},
    next_execution_time {time} NOT NULL,
    count INTEGER,
    function_id VARCHAR(36),
    function_version INTEGER {notnull},
    function_input VARCHAR(255),
    function_alias VARCHAR(255),
    PRIMARY KEY (id),
    FOREIGN KEY (function_id) REFERENCES functions (id)
) {table};

CREATE TABLE webhooks (
    created_at {time},
    updated_at {time},
    project_id VARCHAR(80) NOT NULL,
    id VARCHAR(36) NOT NULL,
    function_id VARCHAR(36),
    function_version INTEGER,
    description VARCHAR(255),
    function_alias VARCHAR(255),
    PRIMARY KEY (id)
    {webhookkey}
) {table};

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL
) {table};

INSERT INTO alembic_version VALUES ('011');
