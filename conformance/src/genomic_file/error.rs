//! The errors for bytes that are not one complete genomic file.

use thiserror::Error;

/// The reason why bytes are not one complete file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Malformed {
    /// The ticket names a format that htsget does not have.
    #[error("unknown format \"{0}\"")]
    UnknownFormat(String),
    /// The file does not begin with the magic bytes of its format.
    #[error("does not begin like {0}")]
    NoMagic(&'static str),
    /// The BGZF block with this number, counted from 0, has an invalid frame (SAM v1 § 4.1).
    #[error("BGZF block {0} has an invalid frame")]
    Frame(usize),
    /// The block with this number, counted from 0, cannot be decompressed, or its CRC32 or ISIZE does not match the decompressed data.
    #[error("BGZF block {0} does not match its trailer after decompression")]
    Checksum(usize),
    /// The CRAM container with this number, counted from 0, is the end container, and data follows it.
    #[error("an end container at container {0}, and data after it")]
    EndInside(usize),
    /// The end marker is missing.
    #[error("no end-of-file marker")]
    NoEnd,
    /// The file ends before the named part is complete.
    #[error("{0} is cut short")]
    Truncated(&'static str),
    /// A second header is among the records.
    #[error("a second header")]
    SecondHeader,
    /// The record with this number, counted from 0, is broken.
    #[error("record {0} is malformed")]
    Record(usize),
    /// The container with this number, counted from 0, is broken.
    #[error("container {0} is malformed")]
    Container(usize),
    /// The file has more than 512 MiB after decompression.
    #[error("decompresses to more than this reader's limit")]
    TooLarge,
}
