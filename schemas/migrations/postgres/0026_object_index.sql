-- How the carrier index was made of a file of variants: whether insertions and deletions are at their leftmost position, and the number of entries of the
-- file. A file without a row was indexed by an earlier version, which did not record this.
CREATE TABLE object_index (
    object TEXT PRIMARY KEY REFERENCES data_object (id),
    leftmost BOOLEAN NOT NULL,
    entries BIGINT NOT NULL,
    indexed BIGINT NOT NULL
);
