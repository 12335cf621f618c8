//! What can be wrong with a genomic file.

use thiserror::Error;

/// Why bytes are not one whole file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Malformed {
    /// htsget does not name it.
    #[error("the format is \"{0}\"")]
    UnknownFormat(String),
    /// The first bytes are others.
    #[error("does not begin as {0}")]
    NoMagic(&'static str),
    /// SAM v1 § 4.1.
    #[error("BGZF block {0} is not framed as it should be")]
    Frame(usize),
    /// CRC32 or ISIZE.
    #[error("BGZF block {0} does not decompress to what its trailer says")]
    Checksum(usize),
    /// Empty blocks belong at the end.
    #[error("an end-of-file marker at block {0}, and data after it")]
    EndInside(usize),
    /// No marker at all.
    #[error("no end-of-file marker")]
    NoEnd,
    /// Ends early.
    #[error("{0} is cut short")]
    Truncated(&'static str),
    /// A header among the records.
    #[error("a second header")]
    SecondHeader,
    /// Counted from 0.
    #[error("record {0} is malformed")]
    Record(usize),
    /// Counted from 0.
    #[error("container {0} is malformed")]
    Container(usize),
    /// More than is decompressed here.
    #[error("decompresses to more than is read here")]
    TooLarge,
}
