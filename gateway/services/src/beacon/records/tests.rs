//! Tests of records from stored cases and files. The records must be valid by the official schemas and equal to what Python reads from the
//! same packets and headers. Less consent must never yield more records.
#![allow(clippy::unwrap_used)]

mod collections;
mod files;
mod packets;
pub(in crate::beacon) mod programme;

#[path = "../../../../../standards/beacon/tests/official/tree.rs"]
#[expect(dead_code, reason = "whole answers are held against the schemas where they are written")]
mod tree;
