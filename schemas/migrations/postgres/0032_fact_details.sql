-- What a source states about a fact beside its code: the dose of a treatment, the relative of a family history, the stage of a disease.
CREATE TABLE fact_detail (
    source BIGINT NOT NULL REFERENCES fact_source (id),
    position BIGINT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    code TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (source, position, number)
);

-- How a specimen was collected, processed and stored. The position is that of the statement about the specimen.
CREATE TABLE specimen_step (
    source BIGINT NOT NULL REFERENCES fact_source (id),
    position BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT,
    label TEXT NOT NULL,
    time TEXT,
    PRIMARY KEY (source, position, number)
);
