-- The approvals under which a request was made, as they are at each moment: only participants whom they cover are asked, and counted.
-- A request that was made before this names none, and nobody is asked for it any more.
CREATE TABLE recontact_request_approval (
    request TEXT NOT NULL REFERENCES recontact_request (id),
    approval TEXT NOT NULL,
    PRIMARY KEY (request, approval)
);
DROP TABLE recontact_request_release;
