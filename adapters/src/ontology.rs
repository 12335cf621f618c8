//! Ontology releases: OBO text (1.2 and 1.4) and OBO-graph JSON, each plain or gzipped.
//!
//! A release is read whole or not at all: a term lost on the way would make every filter above it count too few people. What is kept of a
//! term is what filters need (see [`gemj_model::OntologyTerm`]); the catalogue works out the closure.
//!
//! * The release's prefix is that of most terms; of two equally frequent ones, that of the earlier term.
//! * Terms of other prefixes (imports) are left out. Where the way from a term to a term above leads through them, the term gets the term
//!   above as its parent, so that nobody is lost from under it.
//! * An obsolete term has no parents, and a replacement only where the release names exactly one: which of two is meant cannot be known.
//! * Parents and alternative ids are sorted, each once; a term is not its own alternative.

mod curie;
mod error;
mod obo;
mod obo_graph;
mod release;

use std::io::Read;

use flate2::read::MultiGzDecoder;
use gemj_model::OntologyRelease;

pub use error::{OntologyError, Place};

/// The most bytes that a release may have, unpacked.
pub const MAX_BYTES: usize = 512 << 20;
/// The most terms that a file may have, imported ones among them.
pub const MAX_TERMS: usize = 2_000_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = b"\x1f\x8b";

/// Reads a release. Its format is decided by its content.
///
/// # Errors
/// See [`OntologyError`]. None repeats anything of the file but ids of terms.
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
    /// As written; absent where not given.
    label: Option<String>,
    /// CURIEs, in file order.
    parents: Vec<String>,
    /// CURIEs, in file order.
    alternative_ids: Vec<String>,
    obsolete: bool,
    /// CURIEs, in file order.
    replaced_by: Vec<String>,
    /// Whether the file says that the term was made one with what replaces it. OBO text writes such a term as an `alt_id` alone.
    merged: bool,
}

/// A file's content before its terms are put together.
#[derive(Debug)]
struct Unresolved {
    /// What the file says of its version; absent where nothing.
    version: Option<String>,
    /// The terms that have a CURIE, in file order.
    terms: Vec<Stated>,
}

#[cfg(test)]
mod tests;
