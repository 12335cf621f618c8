-- Upkeep of the carrier index: who is merging, and which blobs no manifest names any more.

-- At most one merger of a dataset, assembly and origin at a time. A lease saves work; that nothing is counted twice rests on the manifest.
CREATE TABLE segment_lease (
    scope TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    ends BIGINT NOT NULL
);

-- Blobs whose segments were merged into another, and since when. Readers of an earlier generation may still read them.
CREATE TABLE retired_blob (
    storage_key TEXT PRIMARY KEY,
    retired BIGINT NOT NULL
);

-- A symbolic allele starts at the first base of its event and no more at the base before it; an insertion has no extent.
UPDATE observation SET start_0 = start_0 + 1 WHERE alternate LIKE '<%';
UPDATE observation SET end_0 = start_0 WHERE UPPER(alternate) LIKE '<INS>%' OR UPPER(alternate) LIKE '<INS:%';
