-- What case reports conclude of the alleles that they state, and how they spell them. An allele of a report that was taken in before has no conclusion, and is
-- not returned to a hospital until its report is taken in again.

ALTER TABLE observation ADD COLUMN spelled_position BIGINT;
ALTER TABLE observation ADD COLUMN spelled_reference TEXT;
ALTER TABLE observation ADD COLUMN spelled_alternate TEXT;

CREATE TABLE allele_interpretation (
    observation BIGINT NOT NULL REFERENCES observation (id),
    position BIGINT NOT NULL,
    progress TEXT NOT NULL,
    status TEXT NOT NULL,
    pathogenicity TEXT NOT NULL,
    kind TEXT NOT NULL,
    disease_code TEXT,
    disease_label TEXT,
    PRIMARY KEY (observation, position)
);

CREATE INDEX observation_by_person ON observation (ordinal, dataset);
