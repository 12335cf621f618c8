-- What filters are answered from is kept in memory by every process. These tables say what of it is out of date.

-- The last change of the facts of a dataset, by its id, and of the loaded ontologies, by the empty text.
CREATE TABLE filter_version (
    subject TEXT PRIMARY KEY,
    generation BIGINT NOT NULL
);

-- Whose facts of a dataset changed, and at which of its generations last.
CREATE TABLE fact_change (
    dataset TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    generation BIGINT NOT NULL,
    PRIMARY KEY (dataset, ordinal)
);

CREATE INDEX fact_change_by_generation ON fact_change (dataset, generation);
