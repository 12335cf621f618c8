-- Receipts of consent statements that a hospital's portal sent. The content of a request and its key are stored as keyed digests only. A request that was
-- sent again with the same key has the same receipt. An item without a participant was refused because no participant has its number.
CREATE TABLE consent_receipt (
    id TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    site TEXT NOT NULL,
    request_key TEXT NOT NULL,
    content TEXT NOT NULL,
    received BIGINT NOT NULL,
    item_count BIGINT NOT NULL,
    UNIQUE (holder, request_key)
);

CREATE TABLE consent_receipt_item (
    receipt TEXT NOT NULL REFERENCES consent_receipt (id),
    position BIGINT NOT NULL,
    ordinal BIGINT REFERENCES participant (ordinal),
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    event BIGINT REFERENCES consent_event (sequence),
    form TEXT,
    scan_sha256 TEXT,
    relation TEXT,
    recorded BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (receipt, position)
);

-- The last consent statement of each unit of a feed and each rule of its profile, so that a statement that is sent again is not a new event.
CREATE TABLE feed_consent (
    unit TEXT NOT NULL,
    rule TEXT NOT NULL,
    digest TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    recorded BIGINT NOT NULL,
    PRIMARY KEY (unit, rule)
);
