-- What case reports call the alleles that they state: a change of a transcript or protein, a gene, or both. An empty text is not stated.
CREATE TABLE reported_name (
    observation BIGINT NOT NULL REFERENCES observation (id),
    position BIGINT NOT NULL,
    dataset TEXT NOT NULL,
    change TEXT NOT NULL,
    gene TEXT NOT NULL,
    sequence TEXT NOT NULL,
    PRIMARY KEY (observation, position)
);

CREATE INDEX reported_name_by_change ON reported_name (dataset, change, gene);
