-- Approvals that share a visa value, as visas of one resource do, and the earlier versions of approvals that changed.

CREATE TABLE approval_rebuilt (
    id TEXT PRIMARY KEY,
    visa_value TEXT NOT NULL,
    project TEXT NOT NULL,
    organisation TEXT NOT NULL,
    datasets TEXT NOT NULL,
    delivery TEXT NOT NULL,
    not_after BIGINT NOT NULL,
    revoked BIGINT,
    epoch BIGINT NOT NULL,
    applicant TEXT NOT NULL DEFAULT '',
    users TEXT NOT NULL DEFAULT '',
    country TEXT,
    release_id TEXT,
    purposes TEXT NOT NULL,
    diseases TEXT NOT NULL DEFAULT '',
    commercial BOOLEAN NOT NULL DEFAULT FALSE,
    meets TEXT NOT NULL DEFAULT '',
    region_budget_bp BIGINT,
    not_before BIGINT,
    revoked_because TEXT,
    regions TEXT,
    version BIGINT NOT NULL DEFAULT 1
);

INSERT INTO approval_rebuilt (id, visa_value, project, organisation, datasets, delivery, not_after, revoked, epoch, applicant, users, country,
    release_id, purposes, diseases, commercial, meets, region_budget_bp, not_before, revoked_because, regions)
SELECT id, visa_value, project, organisation, datasets, delivery, not_after, revoked, epoch, applicant, users, country,
    release_id, purposes, diseases, commercial, meets, region_budget_bp, not_before, revoked_because, regions
FROM approval;

DROP TABLE approval;
ALTER TABLE approval_rebuilt RENAME TO approval;

CREATE INDEX approval_by_epoch ON approval (epoch);
CREATE INDEX approval_by_visa_value ON approval (visa_value);

-- What an approval said before it changed. `document` is the approval as JSON; `epoch` is the policy epoch at which the next version took its place.
-- Rows are only ever added.
CREATE TABLE approval_version (
    approval TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (approval, version)
);
