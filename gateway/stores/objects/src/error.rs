//! How reads and writes of files fail.

use std::io;

use gemj_model::ErrorKind;

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The store's URL is neither `file:///absolute/folder` nor `s3://bucket/prefix`.
    #[error("the object store's URL is neither file:///absolute/folder nor s3://bucket/prefix")]
    BadUrl,
    /// The key is not one that this store makes.
    #[error("not a key of this store")]
    BadKey,
    /// The Grant does not cover every sample of the file, or is for another action.
    #[error("not covered by the grant")]
    NotCovered,
    /// The Mandate or Upkeep key is for other work.
    #[error("the key is for other work")]
    WrongKey,
    /// The range does not lie in the file.
    #[error("the range does not lie in the file")]
    RangeNotSatisfiable,
    /// A stored file is gone, shorter than registered, or does not parse although it was inspected when it was taken in.
    #[error("a stored file is damaged: {what}")]
    Damaged {
        /// What is wrong, without its contents.
        what: &'static str,
    },
    /// The file changed between the first and the last byte read.
    #[error("the file changed while it was read")]
    ChangedWhileRead,
    /// The local disk failed.
    #[error("{operation}: {source}")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The S3 service failed.
    #[error("object storage: {0}")]
    Remote(#[from] object_store::Error),
    /// A background task was stopped.
    #[error("a background task was stopped")]
    Stopped,
}

impl ObjectError {
    /// How it looks to the caller. A failure is never "not found".
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotCovered => ErrorKind::NotFound,
            Self::RangeNotSatisfiable => ErrorKind::RangeNotSatisfiable,
            Self::Io { .. } | Self::Remote(_) | Self::Stopped => ErrorKind::Unavailable,
            Self::BadUrl | Self::BadKey | Self::WrongKey | Self::Damaged { .. } | Self::ChangedWhileRead => ErrorKind::Internal,
        }
    }

    pub(crate) fn io(operation: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { operation, source }
    }
}

/// Why a slice is not made. All are known before its first byte.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
    /// The file's header has no such contig (htsget 1.3: "NotFound").
    #[error("unknown reference sequence")]
    UnknownContig,
    /// Unplaced reads were asked of a variant file.
    #[error("only reads can be unplaced")]
    NotReads,
    /// The Grant covers no sample of the file, or is for another action: one answer with "not there".
    #[error("not covered by the grant")]
    NotCovered,
    /// The approval is limited to regions, and what was asked for is not within them; a whole file never is.
    #[error("the approval is limited to regions that the request is not within")]
    OutsideRegions,
    /// BAM cannot be made of this CRAM without a reference that is neither embedded nor configured.
    #[error("the file's reference sequence is not configured")]
    ReferenceNeeded,
    /// Answers in the format asked for are not made of files of this one.
    #[error("the file is not converted into this format")]
    NotConverted,
    /// The file could not be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl SliceError {
    /// How it looks to the caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownContig | Self::NotCovered => ErrorKind::NotFound,
            Self::NotReads | Self::NotConverted => ErrorKind::Invalid,
            Self::OutsideRegions => ErrorKind::Forbidden,
            Self::ReferenceNeeded => ErrorKind::Unavailable,
            Self::Object(error) => error.kind(),
        }
    }
}
