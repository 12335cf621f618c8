-- The institution that sent a unit, so that exports return the unit to this institution only. It is empty for units that were stored before, except for those
-- with a kept packet. A unit that is ingested again gets its institution.
ALTER TABLE fact_source ADD COLUMN site TEXT NOT NULL DEFAULT '';

UPDATE fact_source SET site = (SELECT k.site FROM kept_packet k WHERE k.source = fact_source.id)
WHERE id IN (SELECT source FROM kept_packet);
