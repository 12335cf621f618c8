-- Files that an earlier state of the installation held or unloaded, and that the database does not have since it was restored. A load of such a file is
-- refused (unloaded) or puts it on hold (held). Other rows with the same bytes in the same dataset are refused while the file is held.
CREATE TABLE blocked_object (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    dataset TEXT NOT NULL
);

-- A random number that each closing of the seal replaces. A process that read the database before has an outdated state in memory and must end.
ALTER TABLE programme_state ADD COLUMN history BIGINT NOT NULL DEFAULT 0;
