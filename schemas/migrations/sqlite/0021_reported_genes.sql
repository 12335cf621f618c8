-- Questions by gene look names up by their gene alone, whatever the change.
CREATE INDEX reported_name_by_gene ON reported_name (dataset, gene);
