//! Errors of queries to the carrier index.

use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_objects::ObjectError;
use thiserror::Error;

use crate::segment::SegmentError;

/// The reasons why a query to the carrier index failed. An allele without carriers is an answer and never an error.
#[derive(Debug, Error)]
pub enum VariantError {
    /// The action of the Grant does not allow queries for variants or individuals, or the Grant does not cover the queried dataset.
    #[error("not covered by the grant")]
    NotCovered,
    /// The approval is limited to regions, and the query covers bases outside these regions.
    #[error("the grant is limited to regions, and the query is not within them")]
    OutsideRegions,
    /// A letter in the query's bases is not an IUPAC code.
    #[error("a base is not an IUPAC code")]
    BadBase,
    /// The manifest could not be read, or the stored manifest is older than the requested generation.
    #[error("the manifest of the carrier index could not be read")]
    Manifest(#[source] Option<CatalogueError>),
    /// A segment could not be read from the object store.
    #[error("a segment of the carrier index could not be read")]
    Blob(#[source] ObjectError),
    /// A segment is damaged, or differs from the segment that the manifest names.
    #[error("segment {id} of the carrier index {fault}")]
    Damaged {
        /// The id of the damaged segment.
        id: String,
        /// The fault in the segment.
        fault: SegmentError,
    },
}

impl VariantError {
    /// The kind of error that the caller gets.
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
