//! Parses ontology releases: OBO text (1.2 and 1.4; 1.0 and 1.3 are accepted too) and OBO-graph JSON. Each may be plain or gzipped.
//!
//! A release is read whole or not at all. If a term were lost, every filter for an ancestor of the term would count too few participants. The
//! parser keeps the parts of a term that filters need (see [`gemj_model::OntologyTerm`]). The catalogue computes the closure of parents and
//! ancestors.
//!
//! * The release's prefix is the prefix of most of its terms. If two prefixes are equally frequent, the prefix of the earlier term is used.
//! * Terms of other prefixes (imports) are omitted. If a path from a term to an ancestor passes through imported terms, the ancestor
//!   becomes a parent of the term, so that a filter for the ancestor still finds the term.
//! * An obsolete term has no parents. It has a replacement only if the release names exactly one. If the release names two, the right one
//!   cannot be known.
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

/// The maximum size of a release, in bytes when uncompressed.
pub const MAX_BYTES: usize = 512 << 20;
/// The maximum number of terms of a file, imported terms included.
pub const MAX_TERMS: usize = 2_000_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = b"\x1f\x8b";

/// Parses a release. Its content determines the format.
///
/// # Errors
/// [`OntologyError`] states why the release is refused. The error repeats no text of the file except ids of terms.
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

/// A term as the file states it.
#[derive(Debug, Default)]
struct Stated {
    /// The id of the term, a CURIE.
    id: String,
    place: Place,
    /// The label as written; `None` if the file states no label.
    label: Option<String>,
    /// The ids of the parents as CURIEs, in file order.
    parents: Vec<String>,
    /// The alternative ids of the term as CURIEs, in file order.
    alternative_ids: Vec<String>,
    obsolete: bool,
    /// The ids of the terms that replace this term as CURIEs, in file order.
    replaced_by: Vec<String>,
    /// Whether the file states that the term was merged into its replacement. (OBO text writes a merged term only as an `alt_id` of the other
    /// term.)
    merged: bool,
}

/// The content of a file before the parents of its terms are resolved.
#[derive(Debug)]
struct Unresolved {
    /// The version that the file states; `None` if it states none.
    version: Option<String>,
    /// The terms that have a CURIE, in file order.
    terms: Vec<Stated>,
}

#[cfg(test)]
mod tests;
