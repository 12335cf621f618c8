//! CDISC ODM 1.3.2 snapshots.
