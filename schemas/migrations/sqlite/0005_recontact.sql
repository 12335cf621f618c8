-- Requests to ask participants again, and one task a participant for their hospital.

CREATE TABLE recontact_request (
    id TEXT PRIMARY KEY,
    requester TEXT NOT NULL,
    dataset TEXT NOT NULL,
    assembly TEXT NOT NULL,
    contig TEXT NOT NULL,
    start_0 BIGINT NOT NULL,
    reference TEXT NOT NULL,
    alternate TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    created BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    approver TEXT,
    decided BIGINT
);

CREATE INDEX recontact_request_by_requester ON recontact_request (requester, created);

CREATE TABLE recontact_task (
    id TEXT PRIMARY KEY,
    request TEXT NOT NULL REFERENCES recontact_request (id),
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    site TEXT NOT NULL,
    state TEXT NOT NULL,
    answer TEXT,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    UNIQUE (request, ordinal)
);

CREATE INDEX recontact_task_by_participant ON recontact_task (ordinal);
