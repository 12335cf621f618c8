//! Errors of genomic files.

use thiserror::Error;

/// The reasons why bytes are not one complete file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Malformed {
    /// htsget has no such format.
    #[error("unknown format \"{0}\"")]
    UnknownFormat(String),
    /// The file begins with other bytes.
    #[error("does not begin like {0}")]
    NoMagic(&'static str),
    /// SAM v1 § 4.1.
    #[error("BGZF block {0} has an invalid frame")]
    Frame(usize),
    /// CRC32 or ISIZE does not match.
    #[error("BGZF block {0} does not match its trailer after decompression")]
    Checksum(usize),
    /// An empty block is only allowed at the end.
    #[error("an end-of-file marker at block {0}, and data after it")]
    EndInside(usize),
    /// The end marker is missing.
    #[error("no end-of-file marker")]
    NoEnd,
    /// The file ends early.
    #[error("{0} is cut short")]
    Truncated(&'static str),
    /// A header is among the records.
    #[error("a second header")]
    SecondHeader,
    /// Record number, from 0.
    #[error("record {0} is malformed")]
    Record(usize),
    /// Container number, from 0.
    #[error("container {0} is malformed")]
    Container(usize),
    /// The file exceeds the limit of this reader.
    #[error("decompresses to more than this reader's limit")]
    TooLarge,
}
