-- Merges: statements that two participants are one person, and what a person decided about each. Rows are only ever added. The sequence is that of the
-- consent ledger, so the epoch moves with every row. A case has the number of its first row.
CREATE TABLE merge_event (
    sequence BIGINT PRIMARY KEY,
    merge_case BIGINT NOT NULL,
    kind TEXT NOT NULL,
    survivor BIGINT NOT NULL REFERENCES participant (ordinal),
    prior BIGINT NOT NULL REFERENCES participant (ordinal),
    source TEXT NOT NULL,
    site TEXT NOT NULL,
    message TEXT NOT NULL,
    stated BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE INDEX merge_event_by_case ON merge_event (merge_case, sequence);

-- The participant to whom the number of a unit is linked. `ordinal` is the participant under whom this person is known, which a merge can change.
ALTER TABLE fact_source ADD COLUMN linked BIGINT NOT NULL DEFAULT 0;

UPDATE fact_source SET linked = ordinal;

CREATE INDEX fact_source_by_linked ON fact_source (linked, dataset);

CREATE INDEX fact_source_by_person ON fact_source (ordinal, retired);

-- Every unit of a feed looks for its earlier version by its name.
CREATE INDEX fact_source_by_unit_name ON fact_source (unit, dataset);

-- What enrolments stated, beside the units of feeds: `sex` and `born` follow from the enrolments and the current units. An earlier version did not
-- record the origin, so a value that no current unit states, or that a sample sheet states too, counts as stated by an enrolment.
ALTER TABLE participant ADD COLUMN enrolled_sex TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE participant ADD COLUMN enrolled_born TEXT;

UPDATE participant SET enrolled_sex = sex
WHERE NOT EXISTS (SELECT 1 FROM fact_source f WHERE f.ordinal = participant.ordinal AND f.retired = FALSE AND f.sex = participant.sex)
   OR EXISTS (
       SELECT 1 FROM object_statement t JOIN object_sample s ON s.object = t.object AND s.position = t.position
       WHERE s.ordinal = participant.ordinal AND t.sex = participant.sex
   );

UPDATE participant SET enrolled_born = born
WHERE NOT EXISTS (SELECT 1 FROM fact_source f WHERE f.ordinal = participant.ordinal AND f.retired = FALSE AND f.born = participant.born);
