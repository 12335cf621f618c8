-- The newest export of an application system (REMS) that was imported for each application. An import skips an older export, and records nothing for
-- an application that is over. `activity` is the time of the application's last activity, `exported` the time at which the export was made.

CREATE TABLE approval_export (
    application TEXT PRIMARY KEY,
    activity BIGINT,
    exported BIGINT NOT NULL,
    is_over BOOLEAN NOT NULL
);
