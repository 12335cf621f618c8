-- Files that an earlier state of the installation held or unloaded, and that the database does not have since it was restored. A load of such a file is
-- refused (unloaded) or puts it on hold (held).
CREATE TABLE blocked_object (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    reason TEXT NOT NULL
);
