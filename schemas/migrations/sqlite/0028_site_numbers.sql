-- A number names a person only together with the institution that uses it. An earlier version kept only the namespace. The institution of an earlier
-- link is the namespace, if an institution of a participant has this id, else the institution that enrolled the participant. A namespace with a slash
-- names its institution itself, before the slash, so its links keep an empty site. No feed finds another link with an empty site.
CREATE TABLE site_number (
    site TEXT NOT NULL,
    namespace TEXT NOT NULL,
    digest TEXT NOT NULL,
    ordinal BIGINT NOT NULL REFERENCES participant (ordinal),
    PRIMARY KEY (site, namespace, digest)
);

INSERT INTO site_number (site, namespace, digest, ordinal)
SELECT CASE
           WHEN l.namespace LIKE '%/%' THEN ''
           WHEN EXISTS (SELECT 1 FROM participant o WHERE o.site = l.namespace) THEN l.namespace
           ELSE COALESCE(p.site, '')
       END, l.namespace, l.digest, l.ordinal
FROM linked_number l LEFT JOIN participant p ON p.ordinal = l.ordinal;

DROP TABLE linked_number;

ALTER TABLE site_number RENAME TO linked_number;

CREATE INDEX linked_number_by_participant ON linked_number (ordinal);
