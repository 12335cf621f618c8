-- What was viewed of a file under an approval: one row for each reference sequence, its intervals as `start-end start-end ...`, 0-based and
-- half-open. A request writes few rows, however many regions it names.
CREATE TABLE viewed_part (
    approval TEXT NOT NULL,
    object TEXT NOT NULL,
    contig TEXT NOT NULL,
    intervals TEXT NOT NULL,
    PRIMARY KEY (approval, object, contig)
);
INSERT INTO viewed_part (approval, object, contig, intervals)
    SELECT approval, object, contig, string_agg(CAST(start_0 AS TEXT) || '-' || CAST(end_0 AS TEXT), ' ')
    FROM viewed_region GROUP BY approval, object, contig;
DROP TABLE viewed_region;

-- How often base pairs were charged under an approval: a charge that was calculated from an older number is calculated anew.
CREATE TABLE viewed_approval (
    approval TEXT PRIMARY KEY,
    charges BIGINT NOT NULL
);
