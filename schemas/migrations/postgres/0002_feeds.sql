-- Feeds of institutions: what each unit stated, whose number is whose, and what became of each run.

ALTER TABLE participant ADD COLUMN born TEXT;

-- What one unit stated of the person, beside its facts.
ALTER TABLE fact_source ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE fact_source ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE fact_source ADD COLUMN sex TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE fact_source ADD COLUMN born TEXT;

-- The value of a measurement: number with comparator and unit, or code, or text.
ALTER TABLE fact ADD COLUMN comparator TEXT;
ALTER TABLE fact ADD COLUMN number TEXT;
ALTER TABLE fact ADD COLUMN unit TEXT;
ALTER TABLE fact ADD COLUMN value_code TEXT;
ALTER TABLE fact ADD COLUMN value_text TEXT;
ALTER TABLE fact ADD COLUMN observed TEXT;

CREATE TABLE specimen_statement (
    source BIGINT NOT NULL REFERENCES fact_source (id),
    position BIGINT NOT NULL,
    specimen TEXT NOT NULL REFERENCES specimen (id),
    kind_code TEXT NOT NULL,
    kind_label TEXT NOT NULL,
    collected TEXT,
    body_site TEXT,
    storage TEXT,
    parent TEXT,
    PRIMARY KEY (source, position)
);

CREATE INDEX specimen_statement_by_specimen ON specimen_statement (specimen);

-- Institutions' own numbers, as keyed digests: the numbers themselves are not kept.
CREATE TABLE linked_number (
    namespace TEXT NOT NULL,
    digest TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    PRIMARY KEY (namespace, digest)
);

CREATE INDEX linked_number_by_participant ON linked_number (ordinal);

CREATE TABLE ingest_run (
    id TEXT PRIMARY KEY,
    profile TEXT NOT NULL,
    mapping_version TEXT NOT NULL,
    dataset TEXT NOT NULL,
    ended BIGINT NOT NULL,
    received BIGINT NOT NULL,
    committed BIGINT NOT NULL,
    replaced BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    superseded BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    ignored BIGINT NOT NULL
);

-- Units that were refused: places and expectations, never a value.
CREATE TABLE quarantined_unit (
    run TEXT NOT NULL REFERENCES ingest_run (id),
    position BIGINT NOT NULL,
    unit TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run, position)
);
