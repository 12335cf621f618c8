-- Participants whose data is erased (`erased`: with all bytes) or is being erased (`begun`). The row stays: nothing about the participant is stored again.
-- `ground` is the reason why the data may be erased: `policy` or `statement`. `site` is the institution that enrolled the participant.
CREATE TABLE purge (
    ordinal BIGINT PRIMARY KEY REFERENCES participant (ordinal),
    state TEXT NOT NULL,
    begun BIGINT NOT NULL,
    ended BIGINT,
    actor TEXT NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    site TEXT
);

-- The number of rows and files of each kind when the erasure began.
CREATE TABLE purge_count (
    ordinal BIGINT NOT NULL REFERENCES purge (ordinal),
    kind TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (ordinal, kind)
);

-- Stored files whose rows are erased and whose bytes may still be there.
CREATE TABLE purge_file (
    storage_key TEXT PRIMARY KEY
);

-- Sources of the carrier index whose segments may still have entries of erased participants. `whole` is true if all entries of the source go.
CREATE TABLE purge_source (
    name TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES purge (ordinal),
    whole BOOLEAN NOT NULL,
    PRIMARY KEY (name, ordinal)
);

-- Numbers of erased participants, as keyed digests. A blocked number leads nowhere in any answer, and cannot be linked to another participant.
CREATE TABLE blocked_number (
    site TEXT NOT NULL,
    namespace TEXT NOT NULL,
    digest TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    PRIMARY KEY (site, namespace, digest)
);

-- The newest id that a table with erased rows has had. Ids are not used again: a process can still work with an erased row.
CREATE TABLE newest_id (
    kind TEXT PRIMARY KEY,
    id BIGINT NOT NULL
);
