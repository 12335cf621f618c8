//! Contract tests of the object store: samtools, bcftools and tabix 1.16 are the oracles.
#![allow(clippy::unwrap_used, missing_docs)]

mod bam;
mod calls;
mod cram;
mod cram_copied;
mod cram_damage;
mod cram_fields;
mod cram_long_reads;
mod cram_round_trip;
mod cram_sizes;
mod cram_speed;
mod cram_to_bam;
mod delivery;
mod family;
mod header_bombs;
mod inspection;
mod kit;
mod noninterference;
mod read_fields;
mod redaction;
mod regional;
mod slice_speed;
mod speed;
mod storage;
mod variants;
mod verbatim;
