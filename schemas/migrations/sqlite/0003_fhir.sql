-- FHIR: resources as hospitals sent them, every version, and the names under which hospitals know their patients here.

CREATE TABLE fhir_patient (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    UNIQUE (site, ordinal)
);

CREATE TABLE fhir_resource (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    site TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    body TEXT NOT NULL,
    updated BIGINT NOT NULL,
    current BOOLEAN NOT NULL,
    PRIMARY KEY (type, id, version)
);

CREATE INDEX fhir_resource_by_patient ON fhir_resource (type, ordinal, current);

-- What a resource's current version is found by. Values are keyed digests: an identifier may be a person's.
CREATE TABLE fhir_token (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (type, id, name, digest)
);

CREATE INDEX fhir_token_by_value ON fhir_token (type, name, digest);

-- Client assertions that were used, until they expire: none is taken twice, by any replica.
CREATE TABLE used_assertion (
    digest TEXT PRIMARY KEY,
    expires BIGINT NOT NULL
);
