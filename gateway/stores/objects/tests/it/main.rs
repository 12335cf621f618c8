//! Contract tests of the object store: samtools, bcftools and tabix 1.16 are the oracles.
#![allow(clippy::unwrap_used, missing_docs)]

mod bam;
mod calls;
mod cram;
mod delivery;
mod family;
mod inspection;
mod kit;
mod read_fields;
mod redaction;
mod slice_speed;
mod speed;
mod storage;
mod variants;
mod verbatim;
