//! How the bytes of a file fail to be what they should be.

use std::io;

/// A fault found while a file is parsed. Carries no content of the file.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The bytes could not be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file ends in the middle of a block or record.
    #[error("cut off at byte {at_byte}")]
    Truncated {
        /// Where the unfinished block begins.
        at_byte: u64,
    },
    /// A checksum does not fit, or a block does not decompress.
    #[error("damaged block at byte {at_byte}")]
    DamagedBlock {
        /// Where the block begins.
        at_byte: u64,
    },
    /// Not a BGZF block.
    #[error("no BGZF block at byte {at_byte}")]
    NotBgzf {
        /// Where.
        at_byte: u64,
    },
    /// The header is broken.
    #[error("broken header: {0}")]
    Header(&'static str),
    /// A record is broken.
    #[error("broken record: {0}")]
    Record(&'static str),
    /// More than is held in memory (see [`crate::limits`]).
    #[error("too much: {0}")]
    TooMuch(&'static str),
    /// Something of the format that is not supported.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
}

/// The result of reading or writing a file format.
pub type FormatResult<T> = Result<T, FormatError>;
