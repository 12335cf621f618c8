//! The errors of parsing and writing file formats.

use std::io;

/// A fault found while a file is parsed. The error contains no content of the file.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The bytes could not be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file ends in the middle of a block or record.
    #[error("cut off at byte {at_byte}")]
    Truncated {
        /// The offset of the unfinished block, in bytes.
        at_byte: u64,
    },
    /// A checksum does not match, or a block does not decompress.
    #[error("damaged block at byte {at_byte}")]
    DamagedBlock {
        /// The offset of the block, in bytes.
        at_byte: u64,
    },
    /// The bytes are not a BGZF block.
    #[error("no BGZF block at byte {at_byte}")]
    NotBgzf {
        /// The offset of the bytes.
        at_byte: u64,
    },
    /// The header is broken.
    #[error("broken header: {0}")]
    Header(&'static str),
    /// A record is broken.
    #[error("broken record: {0}")]
    Record(&'static str),
    /// The file exceeds a limit on memory (see [`crate::limits`]).
    #[error("too much: {0}")]
    TooMuch(&'static str),
    /// A valid part of the format that this crate does not support.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
}

/// The result of reading or writing a file format.
pub type FormatResult<T> = Result<T, FormatError>;
