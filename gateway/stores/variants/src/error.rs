//! Errors of queries to the carrier index.

use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_objects::ObjectError;
use thiserror::Error;

use crate::segment::SegmentError;

/// The reasons why a query failed. "No carriers" is an answer, never an error.
#[derive(Debug, Error)]
pub enum VariantError {
    /// The action of the Grant does not allow queries of variants or individuals, or the Grant does not cover this dataset.
    #[error("not covered by the grant")]
    NotCovered,
    /// The approval is limited to regions, and the query covers bases outside them.
    #[error("the grant is limited to regions, and the query is not within them")]
    OutsideRegions,
    /// A base of the query is not an IUPAC code.
    #[error("a base is not an IUPAC code")]
    BadBase,
    /// The manifest could not be read, or is older than the requested generation.
    #[error("the manifest of the carrier index could not be read")]
    Manifest(#[source] Option<CatalogueError>),
    /// A segment could not be read.
    #[error("a segment of the carrier index could not be read")]
    Blob(#[source] ObjectError),
    /// A segment is damaged, or differs from the segment that the manifest names.
    #[error("segment {id} of the carrier index {fault}")]
    Damaged {
        /// The segment's id.
        id: String,
        /// The fault.
        fault: SegmentError,
    },
}

impl VariantError {
    /// The kind of the error, which decides how the caller sees it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotCovered => ErrorKind::NotFound,
            Self::OutsideRegions => ErrorKind::Forbidden,
            Self::BadBase => ErrorKind::Invalid,
            Self::Manifest(_) | Self::Blob(_) => ErrorKind::Unavailable,
            Self::Damaged { .. } => ErrorKind::Internal,
        }
    }
}
