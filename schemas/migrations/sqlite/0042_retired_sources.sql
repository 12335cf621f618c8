-- An index on `retired` alone made SQLite read every unit that is in use to find one unit: without statistics, it expects ten rows for each value. Only the
-- search for retired units needs an index.
DROP INDEX fact_source_retired;
CREATE INDEX fact_source_retired ON fact_source (id) WHERE retired = TRUE;
