-- The stretches of the genome that an approval is limited to, one a line: start and end (0-based, half-open), the assembly or `*`, the contig,
-- with tabs between; NULL is the whole genome.
ALTER TABLE approval ADD COLUMN regions TEXT;
