-- Which files state a name of an allele, so that only those that are served count, and so that a file's names go part by part; and each file that was
-- released although it is like another one.

-- 64 files of one dataset: how many have a bit of it, which is never another's again, and the bits of those that are served.
CREATE TABLE naming_block (
    block BIGINT PRIMARY KEY,
    dataset TEXT NOT NULL,
    used BIGINT NOT NULL,
    served BIGINT NOT NULL
);

CREATE INDEX naming_block_by_dataset ON naming_block (dataset, block);

-- One file's stating of names, by one load of it: `stating` until the file is registered, `stated` from then on, `erasing` when the load was given up
-- or the file was taken out. `renewed` is when a load last stated something.
CREATE TABLE naming_file (
    number BIGINT PRIMARY KEY,
    block BIGINT NOT NULL REFERENCES naming_block (block),
    bit BIGINT NOT NULL,
    object TEXT NOT NULL,
    state TEXT NOT NULL,
    renewed BIGINT NOT NULL
);

CREATE INDEX naming_file_by_object ON naming_file (object);
CREATE INDEX naming_file_unfinished ON naming_file (state) WHERE state <> 'stated';

-- The bits of the files of a release.
CREATE TABLE naming_release (
    release_id TEXT NOT NULL REFERENCES dataset_release (id),
    block BIGINT NOT NULL REFERENCES naming_block (block),
    files BIGINT NOT NULL,
    PRIMARY KEY (release_id, block)
);

-- The names that a file states: numbers, ascending, as differences of seven bits a byte. A list of before there were blocks is not `filled` in yet.
CREATE TABLE naming_list (
    file BIGINT NOT NULL REFERENCES naming_file (number),
    part BIGINT NOT NULL,
    numbers BLOB NOT NULL,
    filled BOOLEAN NOT NULL,
    PRIMARY KEY (file, part)
);

CREATE INDEX naming_list_unfilled ON naming_list (file, part) WHERE NOT filled;

-- The files of a block that state a name, as bits.
CREATE TABLE allele_name_files (
    name BIGINT NOT NULL,
    block BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (name, block)
);

CREATE TABLE naming_place (
    object TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    served BOOLEAN NOT NULL,
    block BIGINT NOT NULL,
    place BIGINT NOT NULL
);

INSERT INTO naming_place (object, dataset, served, block, place)
SELECT a.id, a.dataset, a.status = 'served', DENSE_RANK() OVER (ORDER BY a.dataset, a.place / 64) - 1, a.place % 64
FROM (
    SELECT o.id, o.dataset, o.status, ROW_NUMBER() OVER (PARTITION BY o.dataset ORDER BY o.generation, o.id) - 1 AS place
    FROM data_object o WHERE EXISTS (SELECT 1 FROM file_allele_names f WHERE f.object = o.id)
) a;

INSERT INTO naming_block (block, dataset, used, served)
SELECT p.block, p.dataset, COUNT(*),
       CAST(SUM(CASE WHEN p.served THEN CAST(1 AS BIGINT) << CAST(p.place AS INTEGER) ELSE 0 END) AS BIGINT)
FROM naming_place p GROUP BY p.block, p.dataset;

INSERT INTO naming_file (number, block, bit, object, state, renewed)
SELECT p.block * 64 + p.place, p.block, CAST(1 AS BIGINT) << CAST(p.place AS INTEGER), p.object, 'stated', 0 FROM naming_place p;

DROP TABLE naming_place;

INSERT INTO naming_release (release_id, block, files)
SELECT r.release_id, l.block, CAST(SUM(l.bit) AS BIGINT) FROM release_object r JOIN naming_file l ON l.object = r.object
GROUP BY r.release_id, l.block;

INSERT INTO naming_list (file, part, numbers, filled)
SELECT n.number, f.part, f.numbers, FALSE FROM file_allele_names f JOIN naming_file n ON n.object = f.object;

DROP TABLE file_allele_names;

ALTER TABLE allele_name DROP COLUMN files;

-- A likeness stands as long as one of the files that were released knowing it.
ALTER TABLE accepted_likeness RENAME TO accepted_likeness_once;

CREATE TABLE accepted_likeness (
    one BIGINT NOT NULL REFERENCES participant (ordinal),
    other BIGINT NOT NULL REFERENCES participant (ordinal),
    object TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    PRIMARY KEY (one, other, object)
);

INSERT INTO accepted_likeness (one, other, object, recorded) SELECT one, other, object, recorded FROM accepted_likeness_once;

DROP TABLE accepted_likeness_once;

CREATE INDEX accepted_likeness_by_other ON accepted_likeness (other);
CREATE INDEX accepted_likeness_by_object ON accepted_likeness (object);

-- Files registered since a generation.
CREATE INDEX data_object_by_generation ON data_object (generation);
