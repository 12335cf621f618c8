//! Ontology releases: OBO text (1.2 and 1.4) and OBO-graph JSON, each plain or gzipped.
//!
//! A release is read whole or not at all. If a term were lost, every filter for a term above it would count too few participants. The
//! parser keeps the parts of a term that filters need (see [`gemj_model::OntologyTerm`]); the catalogue computes the closure.
//!
//! * The release's prefix is the prefix of most terms. If two prefixes are equally frequent, it is the prefix of the earlier term.
//! * Terms of other prefixes (imports) are omitted. If a path from a term to an ancestor passes through imported terms, the ancestor
//!   becomes a parent of the term, so that a filter for the ancestor still finds the term.
//! * An obsolete term has no parents. It has a replacement only if the release names exactly one, because the right one of two cannot be
//!   known.
//! * Parents and alternative ids are sorted, without duplicates. A term is not its own alternative.

mod curie;
mod error;
mod obo;
mod obo_graph;
mod release;

use std::io::Read;

use flate2::read::MultiGzDecoder;
use gemj_model::OntologyRelease;

pub use error::{OntologyError, Place};

/// The most bytes that a release may have, uncompressed.
pub const MAX_BYTES: usize = 512 << 20;
/// The most terms that a file may have, imported terms included.
pub const MAX_TERMS: usize = 2_000_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = b"\x1f\x8b";

/// Reads a release. The content determines the format.
///
/// # Errors
/// See [`OntologyError`]. An error repeats no text of the file except ids of terms.
pub fn parse(bytes: &[u8]) -> Result<OntologyRelease, OntologyError> {
    parse_with(bytes, MAX_BYTES)
}

fn parse_with(bytes: &[u8], limit_bytes: usize) -> Result<OntologyRelease, OntologyError> {
    let unpacked;
    let bytes = if bytes.starts_with(GZIP) {
        unpacked = gunzip(bytes, limit_bytes)?;
        &unpacked
    } else {
        bytes
    };
    if bytes.len() > limit_bytes {
        return Err(OntologyError::TooLarge { limit_bytes });
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let unresolved = match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        None => return Err(OntologyError::Empty),
        Some(b'{') => obo_graph::read(bytes)?,
        Some(_) if obo::is_obo(bytes) => obo::read(bytes)?,
        Some(_) => return Err(OntologyError::UnknownFormat),
    };
    release::resolve(unresolved)
}

fn gunzip(bytes: &[u8], limit_bytes: usize) -> Result<Vec<u8>, OntologyError> {
    let mut unpacked = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(limit_bytes as u64 + 1);
    reader.read_to_end(&mut unpacked).map_err(|_| OntologyError::Gzip)?;
    Ok(unpacked)
}

/// A term as a file states it.
#[derive(Debug, Default)]
struct Stated {
    /// CURIE.
    id: String,
    place: Place,
    /// As written; absent if the file has none.
    label: Option<String>,
    /// CURIEs, in file order.
    parents: Vec<String>,
    /// CURIEs, in file order.
    alternative_ids: Vec<String>,
    obsolete: bool,
    /// CURIEs, in file order.
    replaced_by: Vec<String>,
    /// Whether the file states that the term was merged into its replacement. OBO text writes a merged term as an `alt_id` alone.
    merged: bool,
}

/// A file's content before its parents are resolved.
#[derive(Debug)]
struct Unresolved {
    /// The version that the file states; absent if the file states none.
    version: Option<String>,
    /// The terms that have a CURIE, in file order.
    terms: Vec<Stated>,
}

#[cfg(test)]
mod tests;
