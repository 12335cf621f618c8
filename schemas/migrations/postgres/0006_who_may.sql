-- Who may: approvals with purposes, grounds and corrections of consent, releases, disclosures, budgets of base pairs, sites and alarms.

-- Approvals. Lists are one entry per line. An approval of before was for biomedical research, by a company or not.
ALTER TABLE approval ADD COLUMN applicant TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN users TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN country TEXT;
ALTER TABLE approval ADD COLUMN release_id TEXT;
ALTER TABLE approval ADD COLUMN purposes TEXT NOT NULL DEFAULT 'biomedical-research';
ALTER TABLE approval ADD COLUMN diseases TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN commercial BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE approval ADD COLUMN meets TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN region_budget_bp BIGINT;
ALTER TABLE approval ADD COLUMN not_before BIGINT;
ALTER TABLE approval ADD COLUMN revoked_because TEXT;
UPDATE approval SET commercial = (purpose = 'commercial');
ALTER TABLE approval DROP COLUMN purpose;

-- On what an event rests in law, and the sequence of the event that a correction strikes.
ALTER TABLE consent_event ADD COLUMN ground TEXT NOT NULL DEFAULT 'consent';
ALTER TABLE consent_event ADD COLUMN corrects BIGINT;

-- Releases. Rows are only ever added. `participants` is a set of ordinals, serialised.
CREATE TABLE dataset_release (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    created BIGINT NOT NULL,
    participants BYTEA NOT NULL,
    participant_count BIGINT NOT NULL,
    object_count BIGINT NOT NULL,
    citation TEXT NOT NULL,
    manifest TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    epoch BIGINT NOT NULL
);

CREATE INDEX dataset_release_by_epoch ON dataset_release (epoch);

CREATE TABLE release_object (
    release_id TEXT NOT NULL REFERENCES dataset_release (id),
    object TEXT NOT NULL REFERENCES data_object (id),
    format TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    people_count BIGINT NOT NULL,
    PRIMARY KEY (release_id, object)
);

-- Who received whose data. Rows are only ever added, in the commit of the audit row that they belong to; that row's `covers` is a hash over
-- them. `day` counts days since the Unix epoch, UTC. `object` is empty where records of a dataset were handed out and no file.
ALTER TABLE audit_row ADD COLUMN covers BYTEA;

CREATE TABLE disclosure (
    chain TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    position BIGINT NOT NULL,
    day BIGINT NOT NULL,
    dataset TEXT NOT NULL,
    object TEXT NOT NULL,
    people BYTEA NOT NULL,
    holder TEXT NOT NULL,
    organisation TEXT NOT NULL,
    country TEXT NOT NULL,
    purposes TEXT NOT NULL,
    approvals TEXT NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (chain, sequence, position)
);

CREATE INDEX disclosure_by_object ON disclosure (object, dataset, chain, sequence, position);

-- Who has to be told that somebody withdrew: the approval and the things it received, never the person. `event` is for our own books.
CREATE TABLE withdrawal_notice (
    id BIGINT PRIMARY KEY,
    event BIGINT NOT NULL REFERENCES consent_event (sequence),
    approval TEXT NOT NULL,
    dataset TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    acknowledged BIGINT,
    UNIQUE (event, approval, dataset)
);

CREATE TABLE withdrawal_notice_thing (
    notice BIGINT NOT NULL REFERENCES withdrawal_notice (id),
    object TEXT NOT NULL,
    way TEXT NOT NULL,
    PRIMARY KEY (notice, object, way)
);

-- Base pairs that were viewed under an approval: intervals that neither overlap nor touch, 0-based, half-open; and their sum for each file.
CREATE TABLE viewed_region (
    approval TEXT NOT NULL,
    object TEXT NOT NULL,
    contig TEXT NOT NULL,
    start_0 BIGINT NOT NULL,
    end_0 BIGINT NOT NULL,
    PRIMARY KEY (approval, object, contig, start_0)
);

CREATE TABLE viewed_object (
    approval TEXT NOT NULL,
    object TEXT NOT NULL,
    base_pairs BIGINT NOT NULL,
    PRIMARY KEY (approval, object)
);

-- When a site sent a full list of its participants, and how it compared.
CREATE TABLE site_report (
    site TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    agreeing BIGINT NOT NULL,
    blocked BIGINT NOT NULL,
    ringing BIGINT NOT NULL,
    unknown BIGINT NOT NULL,
    PRIMARY KEY (site, recorded)
);

CREATE TABLE alarm (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    site TEXT,
    recorded BIGINT NOT NULL,
    text TEXT NOT NULL,
    cleared BIGINT
);
