-- What the header of a file says of how it was made, in words of a closed vocabulary; `made` is a day, `YYYY-MM-DD`. A file whose header says
-- nothing has no row.
CREATE TABLE object_provenance (
    object TEXT PRIMARY KEY REFERENCES data_object (id),
    made TEXT,
    platform TEXT,
    platform_model TEXT,
    aligner TEXT,
    variant_caller TEXT
);
