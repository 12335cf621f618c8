-- The unnamed units of a participant are found without reading the participant's other units. A participant of a hospital's laboratory system can have many
-- thousands of units.

DROP INDEX fact_source_by_linked;

CREATE INDEX fact_source_by_linked ON fact_source (linked, dataset, unit);
