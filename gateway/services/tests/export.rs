//! Tests of the exports that are made of stored facts. The files are read again by the gateway's own readers and, for Parquet, by pyarrow. The expected
//! statements are selected from the stored cases by rules that are written here again.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "export/bff.rs"]
mod bff;
#[path = "export/miabis.rs"]
mod miabis;
#[path = "export/omop.rs"]
mod omop;
#[path = "../../../standards/beacon/tests/official/tree.rs"]
#[expect(dead_code, reason = "whole answers are compared with the schemas elsewhere")]
mod tree;
#[path = "export/world.rs"]
mod world;
