-- What files show of the people they are said to be of, and what their rows of a sheet said of them.

-- A sample of each person's single-base changes in a file, as numbers made with the installation's key. `scheme` names the assembly and the key: only fingerprints of one
-- scheme are compared. They go with the file.
CREATE TABLE genotype_fingerprint (
    object TEXT NOT NULL REFERENCES data_object (id),
    position BIGINT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    scheme TEXT NOT NULL,
    sites BYTEA NOT NULL,
    PRIMARY KEY (object, position)
);

CREATE INDEX genotype_fingerprint_by_participant ON genotype_fingerprint (ordinal, scheme);

-- Numbers that similar fingerprints have in common.
CREATE TABLE genotype_band (
    band BIGINT NOT NULL,
    object TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (band, object, position)
);

CREATE INDEX genotype_band_by_object ON genotype_band (object);

-- What the checks found in a column of a file. `other_object` is empty and `other_position` -1 where it is about no second one.
CREATE TABLE sample_finding (
    object TEXT NOT NULL REFERENCES data_object (id),
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    holds BOOLEAN NOT NULL,
    said TEXT NOT NULL,
    figures TEXT NOT NULL,
    other_object TEXT NOT NULL,
    other_position BIGINT NOT NULL,
    PRIMARY KEY (object, position, kind, other_object, other_position)
);

CREATE INDEX sample_finding_by_other ON sample_finding (other_object);

-- Two people whose files may look alike: a steward released `object` knowing it. The lower ordinal comes first.
CREATE TABLE accepted_likeness (
    one BIGINT NOT NULL REFERENCES participant (ordinal),
    other BIGINT NOT NULL REFERENCES participant (ordinal),
    object TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    PRIMARY KEY (one, other)
);

-- What the row of a file said of the person behind a column, so that it can be taken back with the file.
CREATE TABLE object_statement (
    object TEXT NOT NULL REFERENCES data_object (id),
    position BIGINT NOT NULL,
    family TEXT,
    sex TEXT NOT NULL,
    site TEXT,
    PRIMARY KEY (object, position)
);

-- A membership that only a file said that was taken out. Rows stay, so that what reads changes by epoch sees it.
ALTER TABLE membership ADD COLUMN ended BOOLEAN NOT NULL DEFAULT FALSE;
