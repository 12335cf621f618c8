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
        /// The offset of the unfinished block or container in the file, in bytes. If no block is unfinished, this is the end of the file.
        at_byte: u64,
    },
    /// A checksum does not match, or a block does not decompress.
    #[error("damaged block at byte {at_byte}")]
    DamagedBlock {
        /// The offset of the block in the file, in bytes.
        at_byte: u64,
    },
    /// The bytes are not a BGZF block.
    #[error("no BGZF block at byte {at_byte}")]
    NotBgzf {
        /// The offset of the bytes in the file.
        at_byte: u64,
    },
    /// The header is broken. The text states the fault.
    #[error("broken header: {0}")]
    Header(&'static str),
    /// A record is broken. The text states the fault.
    #[error("broken record: {0}")]
    Record(&'static str),
    /// The file exceeds a limit on memory (see [`crate::limits`]). The text names the limit.
    #[error("too much: {0}")]
    TooMuch(&'static str),
    /// The file uses a valid part of its format that this crate does not support.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
}

/// The result of reading or writing a file format.
pub type FormatResult<T> = Result<T, FormatError>;
