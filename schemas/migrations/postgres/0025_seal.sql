-- The seal of a restored database. While `sealed` has a value, no request for protected data is decided.
-- sealed: the time at which the database was sealed. sealed_epoch: the epoch of the restored ledgers at this time.
ALTER TABLE programme_state ADD COLUMN sealed BIGINT;
ALTER TABLE programme_state ADD COLUMN sealed_epoch BIGINT;
ALTER TABLE programme_state ADD COLUMN sealed_because TEXT;
-- home: the server and database, or the file, in which the last `serve` found this database. A copy of the database is at another place.
ALTER TABLE programme_state ADD COLUMN home TEXT;
-- key_mark: a digest of the installation's key, so that a command with another key stops.
ALTER TABLE programme_state ADD COLUMN key_mark TEXT;
