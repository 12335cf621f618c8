//! Why a question to the carrier index was not answered.

use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_objects::ObjectError;
use thiserror::Error;

use crate::segment::SegmentError;

/// Why a question was not answered. Never "nobody": that is an answer.
#[derive(Debug, Error)]
pub enum VariantError {
    /// The Grant is for another action than asking for variants or individuals, or says nothing of this dataset.
    #[error("not covered by the grant")]
    NotCovered,
    /// The approval is limited to regions, and the question reaches beyond them.
    #[error("the grant is limited to regions that the question is not within")]
    OutsideRegions,
    /// A base of the question is no IUPAC code.
    #[error("a base is no IUPAC code")]
    BadBase,
    /// The manifest could not be read, or is older than the generation asked for.
    #[error("the manifest of the carrier index could not be read")]
    Manifest(#[source] Option<CatalogueError>),
    /// A segment could not be read.
    #[error("a segment of the carrier index could not be read")]
    Blob(#[source] ObjectError),
    /// A segment is damaged, or is not the one that the manifest names.
    #[error("segment {id} of the carrier index {fault}")]
    Damaged {
        /// The segment's id.
        id: String,
        /// What is wrong with it.
        fault: SegmentError,
    },
}

impl VariantError {
    /// How it looks to the caller.
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
