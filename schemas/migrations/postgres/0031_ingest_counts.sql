-- Units whose content was stored before a run are counted apart from units that the input of the run contains twice. Earlier versions counted both as
-- duplicates, and nearly all of them were stored before.
ALTER TABLE ingest_run ADD COLUMN unchanged BIGINT NOT NULL DEFAULT 0;
UPDATE ingest_run SET unchanged = duplicate, duplicate = 0;

-- Names of columns, members and elements come from the input and can contain the name of a person. Earlier versions stored all of them. Only their sums
-- are kept, because the database does not show which names belong to a specification or a profile.
INSERT INTO ingest_count (run, kind, name, count)
    SELECT run, kind, '(names of an earlier version)', CAST(SUM(count) AS BIGINT) FROM ingest_count
    WHERE kind LIKE 'field-%' OR kind LIKE 'left-out:%' OR kind IN ('ignored', 'not-taken', 'not-understood')
    GROUP BY run, kind;
DELETE FROM ingest_count
    WHERE (kind LIKE 'field-%' OR kind LIKE 'left-out:%' OR kind IN ('ignored', 'not-taken', 'not-understood'))
    AND name <> '(names of an earlier version)';

-- Refused units without a key were named by their place. Another unit can be at the same place, so these names do not identify a unit, and the units stay
-- listed without a name.
UPDATE quarantined_unit SET name = '' WHERE name LIKE 'p1:%';
