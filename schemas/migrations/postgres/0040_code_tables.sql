-- Code tables. Every version that was ever loaded has a row. At most one version of a name has no `ended`: it is in use, and only its rows are stored
-- in the other tables. `state` states why a version ended: `replaced` or `removed`.
CREATE TABLE code_table (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    kind TEXT NOT NULL,
    licence TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    received BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    ended BIGINT,
    state TEXT NOT NULL,
    PRIMARY KEY (name, version)
);

-- The pairs of code systems of the tables in use, or the code systems and languages of a table of labels.
CREATE TABLE code_table_part (
    name TEXT NOT NULL,
    source_system TEXT NOT NULL,
    target_system TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    PRIMARY KEY (name, source_system, target_system)
);

-- Mappings of the tables in use. Codes are CURIEs. `target` is empty for a code that the table states as unmatched. `equivalence` is that of the target
-- relative to the source.
CREATE TABLE code_mapping (
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_display TEXT NOT NULL,
    target_system TEXT NOT NULL,
    target TEXT NOT NULL,
    target_display TEXT NOT NULL,
    equivalence TEXT NOT NULL,
    PRIMARY KEY (name, position)
);

CREATE INDEX code_mapping_by_source ON code_mapping (source);

-- Labels of the tables in use.
CREATE TABLE code_label (
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    code TEXT NOT NULL,
    language TEXT NOT NULL,
    label TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (name, position)
);

CREATE INDEX code_label_by_code ON code_label (code);
