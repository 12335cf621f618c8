//! Records from stored cases and files: valid by the official schemas, equal to what Python reads from the same packets and headers, and
//! never more with less consent.
#![allow(clippy::unwrap_used)]

mod collections;
mod files;
mod packets;
pub(in crate::beacon) mod programme;

#[path = "../../../../../standards/beacon/tests/official/tree.rs"]
#[expect(dead_code, reason = "whole answers are held against the schemas where they are written")]
mod tree;
