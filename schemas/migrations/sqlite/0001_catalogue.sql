-- The catalogue. Times are microseconds since the Unix epoch, UTC. `epoch` columns hold the policy epoch at which a row was written or
-- last changed. The twin in the other folder differs in the type of byte columns alone.

CREATE TABLE programme_state (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL,
    generation BIGINT NOT NULL
);

INSERT INTO programme_state (id, epoch, generation) VALUES (1, 0, 0);

-- People. Rows are never deleted, so that an ordinal is never used again.
CREATE TABLE participant (
    ordinal BIGINT PRIMARY KEY CHECK (ordinal >= 0 AND ordinal < 4294967295),
    id TEXT NOT NULL UNIQUE,
    family TEXT,
    sex TEXT NOT NULL,
    site TEXT,
    epoch BIGINT NOT NULL
);

CREATE INDEX participant_by_epoch ON participant (epoch);

CREATE TABLE membership (
    dataset TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    epoch BIGINT NOT NULL,
    PRIMARY KEY (dataset, ordinal)
);

CREATE INDEX membership_by_epoch ON membership (epoch);

CREATE TABLE specimen (
    id TEXT PRIMARY KEY,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal)
);

-- The consent ledger. Rows are only ever added; the sequence is commit order.
CREATE TABLE consent_event (
    sequence BIGINT PRIMARY KEY,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    kind TEXT NOT NULL,
    form TEXT,
    clauses TEXT NOT NULL,
    effective BIGINT NOT NULL,
    recorded BIGINT NOT NULL
);

CREATE INDEX consent_event_by_participant ON consent_event (ordinal, sequence);

-- Approvals of the access committee. Datasets are one identifier per line.
CREATE TABLE approval (
    id TEXT PRIMARY KEY,
    visa_value TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    organisation TEXT NOT NULL,
    datasets TEXT NOT NULL,
    purpose TEXT NOT NULL,
    delivery TEXT NOT NULL,
    not_after BIGINT NOT NULL,
    revoked BIGINT,
    epoch BIGINT NOT NULL
);

CREATE INDEX approval_by_epoch ON approval (epoch);

CREATE TABLE data_object (
    id TEXT PRIMARY KEY,
    natural_key TEXT NOT NULL UNIQUE,
    dataset TEXT NOT NULL,
    format TEXT NOT NULL,
    assembly TEXT NOT NULL,
    origin TEXT NOT NULL,
    joint BOOLEAN NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    index_key TEXT NOT NULL,
    index_format TEXT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);

CREATE INDEX data_object_by_content ON data_object (sha256, dataset);

CREATE TABLE object_sample (
    object TEXT NOT NULL REFERENCES data_object (id),
    position BIGINT NOT NULL,
    sample TEXT NOT NULL,
    ordinal BIGINT REFERENCES participant (ordinal),
    specimen TEXT,
    PRIMARY KEY (object, position)
);

CREATE INDEX object_sample_by_participant ON object_sample (ordinal);

-- The manifest of the carrier index.
CREATE TABLE segment (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    assembly TEXT NOT NULL,
    origin TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    variant_count BIGINT NOT NULL,
    entry_count BIGINT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);

-- One row for each unit of input that was taken in. Rows are never deleted; a replaced unit is retired.
CREATE TABLE fact_source (
    id BIGINT PRIMARY KEY,
    dataset TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    profile TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    mapping_version TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    retired BOOLEAN NOT NULL
);

CREATE INDEX fact_source_by_participant ON fact_source (dataset, ordinal);

CREATE INDEX fact_source_retired ON fact_source (retired);

CREATE TABLE fact (
    source BIGINT NOT NULL REFERENCES fact_source (id),
    position BIGINT NOT NULL,
    dataset TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    label TEXT NOT NULL,
    status TEXT NOT NULL,
    onset TEXT,
    PRIMARY KEY (source, position)
);

CREATE INDEX fact_by_code ON fact (dataset, code, status, ordinal);

-- Carrier observations of cases: `pending` until a segment holds them, `retired` with their source. Rows are never deleted, so that an id
-- is never used again. `start_0` and `end_0` are 0-based, half-open.
CREATE TABLE observation (
    id BIGINT PRIMARY KEY,
    source BIGINT NOT NULL REFERENCES fact_source (id),
    dataset TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    assembly TEXT NOT NULL,
    origin TEXT NOT NULL,
    contig TEXT NOT NULL,
    start_0 BIGINT NOT NULL,
    end_0 BIGINT NOT NULL,
    reference TEXT NOT NULL,
    alternate TEXT NOT NULL,
    zygosity TEXT NOT NULL,
    status TEXT NOT NULL
);

CREATE INDEX observation_by_status ON observation (status, id);

CREATE INDEX observation_by_source ON observation (source, status);

CREATE TABLE ontology_release (
    prefix TEXT PRIMARY KEY,
    version TEXT NOT NULL
);

CREATE TABLE ontology_term (
    id TEXT PRIMARY KEY,
    prefix TEXT NOT NULL REFERENCES ontology_release (prefix),
    label TEXT NOT NULL,
    obsolete BOOLEAN NOT NULL,
    replaced_by TEXT
);

CREATE INDEX ontology_term_by_prefix ON ontology_term (prefix);

-- Every id that means a term now: its own, alternative ones, replaced ones.
CREATE TABLE ontology_alias (
    alias TEXT NOT NULL,
    id TEXT NOT NULL REFERENCES ontology_term (id),
    PRIMARY KEY (alias, id)
);

CREATE INDEX ontology_alias_by_id ON ontology_alias (id);

-- Each term with each of its descendants, itself among them. Hundreds of thousands of rows, replaced whole: no references are checked.
CREATE TABLE ontology_closure (
    ancestor TEXT NOT NULL,
    descendant TEXT NOT NULL,
    PRIMARY KEY (ancestor, descendant)
);

-- The audit trail: one hash chain per process, and the chain `operations` of all writes.
CREATE TABLE audit_chain (
    chain TEXT PRIMARY KEY,
    started BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    hash BLOB NOT NULL
);

CREATE TABLE audit_row (
    chain TEXT NOT NULL REFERENCES audit_chain (chain),
    sequence BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    decision TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    verdict TEXT NOT NULL,
    rule TEXT NOT NULL,
    approvals TEXT NOT NULL,
    visas TEXT NOT NULL,
    epoch BIGINT,
    row_count BIGINT,
    byte_count BIGINT,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, sequence)
);
