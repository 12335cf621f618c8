-- Workflow runs. `sequence` is the order of submission. Times are microseconds; absent until they come.

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    projects TEXT NOT NULL,
    state TEXT NOT NULL,
    request TEXT NOT NULL,
    note TEXT NOT NULL,
    created BIGINT NOT NULL,
    started BIGINT,
    ended BIGINT,
    exit_code BIGINT
);

CREATE INDEX run_by_owner ON run (owner, sequence);

CREATE INDEX run_by_state ON run (state);

-- What a run was given. The capability carries the decision of the submission; it is opened and decided anew when the run starts.
CREATE TABLE run_input (
    run TEXT NOT NULL REFERENCES run (id),
    position BIGINT NOT NULL,
    object TEXT NOT NULL REFERENCES data_object (id),
    capability TEXT NOT NULL,
    PRIMARY KEY (run, position)
);

-- What a run made. `held` until a reviewer releases or rejects it.
CREATE TABLE run_output (
    id TEXT PRIMARY KEY,
    run TEXT NOT NULL REFERENCES run (id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    reviewer TEXT,
    reason TEXT,
    decided BIGINT,
    UNIQUE (run, position)
);

CREATE TABLE run_task (
    run TEXT NOT NULL REFERENCES run (id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    started BIGINT,
    ended BIGINT,
    exit_code BIGINT,
    PRIMARY KEY (run, position)
);
