-- Where genes lie, how files name alleles on transcripts and proteins, and what loads left out.

CREATE TABLE gene_model (
    assembly TEXT PRIMARY KEY,
    version TEXT NOT NULL
);

CREATE TABLE gene (
    assembly TEXT NOT NULL REFERENCES gene_model (assembly),
    number BIGINT NOT NULL,
    symbol TEXT NOT NULL,
    PRIMARY KEY (assembly, number)
);

-- 0-based, half-open.
CREATE TABLE gene_interval (
    assembly TEXT NOT NULL,
    gene BIGINT NOT NULL,
    contig TEXT NOT NULL,
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (assembly, gene, contig, begins),
    FOREIGN KEY (assembly, gene) REFERENCES gene (assembly, number)
);

-- Names in capitals: a gene's own symbol and identifiers, and its aliases, which several genes may share.
CREATE TABLE gene_name (
    assembly TEXT NOT NULL,
    name TEXT NOT NULL,
    gene BIGINT NOT NULL,
    own BOOLEAN NOT NULL,
    PRIMARY KEY (assembly, name, gene),
    FOREIGN KEY (assembly, gene) REFERENCES gene (assembly, number)
);

CREATE INDEX gene_name_by_gene ON gene_name (assembly, gene);

-- What an allele is called on a transcript or protein. A row counts the files that call it so.
CREATE TABLE allele_name (
    number BIGINT PRIMARY KEY,
    dataset TEXT NOT NULL,
    assembly TEXT NOT NULL,
    change TEXT NOT NULL,
    gene TEXT NOT NULL,
    sequence TEXT NOT NULL,
    consequence TEXT NOT NULL,
    contig TEXT NOT NULL,
    begins BIGINT NOT NULL,
    reference TEXT NOT NULL,
    alternate TEXT NOT NULL,
    files BIGINT NOT NULL
);

CREATE UNIQUE INDEX allele_name_once ON allele_name (assembly, change, gene, sequence, dataset, contig, begins, reference, alternate);

-- The names that a file states: numbers, ascending, as differences of seven bits a byte.
CREATE TABLE file_allele_names (
    object TEXT NOT NULL,
    part BIGINT NOT NULL,
    numbers BYTEA NOT NULL,
    PRIMARY KEY (object, part)
);

-- What of a file made no entry in the carrier index.
CREATE TABLE file_left_out (
    object TEXT NOT NULL,
    reason TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (object, reason)
);
