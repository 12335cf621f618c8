//! Compares the carrier index with recounts that share no code with it.
#![allow(clippy::unwrap_used)]

mod called;
mod corruption;
mod counting;
mod fixture;
mod ingest_edges;
mod leftmost;
mod merging;
mod named;
mod oracle;
mod pinning;
mod real_files;
mod regional;
mod released;
mod round_trip;
mod stores;
mod structural;
