-- The account of a run of a feed: whose numbers the run read, when it began, how it ended, and every count by name. A run is stored when it begins, so
-- that a run that was killed is listed too. Runs of earlier versions have ended, and their site and namespace are not known.
ALTER TABLE ingest_run ADD COLUMN site TEXT NOT NULL DEFAULT '';
ALTER TABLE ingest_run ADD COLUMN namespace TEXT NOT NULL DEFAULT '';
ALTER TABLE ingest_run ADD COLUMN exported BIGINT;
ALTER TABLE ingest_run ADD COLUMN began BIGINT;
ALTER TABLE ingest_run ADD COLUMN state TEXT NOT NULL DEFAULT 'ended';
ALTER TABLE ingest_run ADD COLUMN parts_refused BIGINT NOT NULL DEFAULT 0;

-- What became of the content of the received units: counts by kind and name. Names are those of fields, rules, repairs and statuses, never values.
CREATE TABLE ingest_count (
    run TEXT NOT NULL REFERENCES ingest_run (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (run, kind, name)
);

-- A refused unit is stored by its position in the run and by a keyed name, because names of files can contain the numbers of persons. The names of
-- files that earlier versions stored are removed for the same reason. A part is a result inside a unit that was committed without it. A unit is
-- resolved by the run that received it again.
ALTER TABLE quarantined_unit DROP COLUMN unit;
ALTER TABLE quarantined_unit ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantined_unit ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE quarantined_unit ADD COLUMN part BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE quarantined_unit ADD COLUMN resolved_by TEXT NOT NULL DEFAULT '';

CREATE INDEX quarantined_unit_by_name ON quarantined_unit (name);
