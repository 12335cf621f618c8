-- The releases to which the approvals behind a request were limited: only their participants are asked again.
CREATE TABLE recontact_request_release (
    request TEXT NOT NULL REFERENCES recontact_request (id),
    release_id TEXT NOT NULL,
    PRIMARY KEY (request, release_id)
);
