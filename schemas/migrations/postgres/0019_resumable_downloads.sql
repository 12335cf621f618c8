-- Downloads that began in time and may be resumed behind the end of their URL: a keyed digest of the URL, and until when. Neither the caller nor the file is named.
CREATE TABLE resumable_download (
    mark TEXT PRIMARY KEY,
    ends BIGINT NOT NULL
);

CREATE INDEX resumable_download_by_end ON resumable_download (ends);
