-- The keys with which the numbers of an institution are encrypted. `wrapped` is the key, sealed with the key of the installation. It is empty after the
-- destruction: then no entry of the key can be opened again.
CREATE TABLE vault_key (
    site TEXT NOT NULL,
    version BIGINT NOT NULL,
    wrapped BLOB NOT NULL,
    created BIGINT NOT NULL,
    destroyed BIGINT,
    reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (site, version)
);

-- Numbers of institutions, encrypted with the key of the institution. `digest` is the keyed digest by which the number is looked up.
CREATE TABLE vault_entry (
    site TEXT NOT NULL,
    namespace TEXT NOT NULL,
    digest TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    version BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (site, namespace, digest)
);

CREATE INDEX vault_entry_by_participant ON vault_entry (ordinal);
