//! The errors of reading and writing stored files.

use std::io;

use gemj_model::ErrorKind;

/// The reason why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The configured URL of the store is neither `file:///absolute/folder` nor `s3://bucket/prefix`.
    #[error("the object store's URL is neither file:///absolute/folder nor s3://bucket/prefix")]
    BadUrl,
    /// The storage key does not have the form of the keys that this store makes.
    #[error("not a key of this store")]
    BadKey,
    /// The Grant does not cover every sample of the file, or is for another action.
    #[error("not covered by the grant")]
    NotCovered,
    /// The Mandate or Upkeep key does not allow this work.
    #[error("the key does not allow this work")]
    WrongKey,
    /// The requested byte range is not inside the file.
    #[error("the range is not inside the file")]
    RangeNotSatisfiable,
    /// A stored file does not have its registered length or checksum, or does not parse although its inspection succeeded when it was
    /// loaded. A missing file is [`ObjectError::Io`] or [`ObjectError::Remote`].
    #[error("a stored file is damaged: {what}")]
    Damaged {
        /// A description of the fault. It contains no data of the file.
        what: &'static str,
    },
    /// The file was changed while the store was reading it.
    #[error("the file changed while it was read")]
    ChangedWhileRead,
    /// An operation on the local disk failed.
    #[error("{operation}: {source}")]
    Io {
        /// The name of the operation that failed.
        operation: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A request to the S3 service failed.
    #[error("object storage: {0}")]
    Remote(#[from] object_store::Error),
    /// A background task was stopped before it had a result.
    #[error("a background task was stopped")]
    Stopped,
}

impl ObjectError {
    /// The kind of error that the caller gets. A failure of the store is never "not found".
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

/// The reason why a slice is refused. Every reason is known before the first byte of the slice.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
    /// The header of the file does not have the requested contig (htsget 1.3: "NotFound").
    #[error("unknown reference sequence")]
    UnknownContig,
    /// The request asks for the unplaced reads of a variant file.
    #[error("only reads can be unplaced")]
    NotReads,
    /// The Grant does not allow the slice, for one of these reasons:
    /// * The Grant is for another action, another file or a smaller delivery.
    /// * The Grant covers no sample of a variant file, or not all samples of a read file.
    ///
    /// The caller gets the same answer as for a file that does not exist.
    #[error("not covered by the grant")]
    NotCovered,
    /// The approval is limited to regions, and the requested region is not inside them. A request for the whole file is never inside them.
    #[error("the approval is limited to regions, and the request is not inside them")]
    OutsideRegions,
    /// The CRAM file cannot be converted to BAM, because its reference is neither embedded nor configured.
    #[error("the file's reference sequence is not configured")]
    ReferenceNeeded,
    /// The file cannot be converted to the requested format.
    #[error("the file cannot be converted to this format")]
    NotConverted,
    /// The file could not be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl SliceError {
    /// The kind of error that the caller gets.
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
