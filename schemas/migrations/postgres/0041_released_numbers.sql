-- Numbers that named a participant before, as keyed digests. A number that now names another person names that person only since `released` (µs since 1970).
CREATE TABLE released_number (
    site TEXT NOT NULL,
    namespace TEXT NOT NULL,
    digest TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    released BIGINT NOT NULL,
    PRIMARY KEY (site, namespace, digest, ordinal)
);
