-- The content of packets, so that it can be returned to the institution that sent it. It is compressed, names no person, and is sealed with the key of
-- the installation. The row is deleted when a newer version replaces the packet.
CREATE TABLE kept_packet (
    source BIGINT PRIMARY KEY REFERENCES fact_source (id),
    site TEXT NOT NULL,
    content BLOB NOT NULL
);
