-- The last complete pull of a project of an institution's capture system. `project` is a keyed digest. The next pull reads the project's log from
-- `as_of`, in microseconds, less an overlap.
CREATE TABLE feed_pull (
    dataset TEXT NOT NULL,
    site TEXT NOT NULL,
    namespace TEXT NOT NULL,
    project TEXT NOT NULL,
    as_of BIGINT NOT NULL,
    run TEXT NOT NULL,
    PRIMARY KEY (dataset, site, namespace)
);

-- The stored units whose records a pull listed, by their keyed names. A record that is no longer listed, and that no log states as deleted, is
-- reported as long as its unit is stored.
CREATE TABLE feed_pull_unit (
    dataset TEXT NOT NULL,
    site TEXT NOT NULL,
    namespace TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (dataset, site, namespace, unit)
);

CREATE INDEX feed_pull_unit_by_name ON feed_pull_unit (unit);
