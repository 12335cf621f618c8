//! The format of a carrier segment, version 2. A segment is an immutable, sorted and checksummed file. `docs/formats/carrier-segment.md`
//! describes the format for readers in other languages.
//!
//! ```text
//! file    := header block* footer trailer
//! header  := "GEMJCSEG" version:u16 zero:u16 zero:u32                                             16 bytes
//! block   := variants:varint keys_bytes:varint key* carriers*          at most 256 variants of one contig
//! key     := start_delta:varint tag:u8 [tail] carriers_bytes:varint    sorted by (start, end, reference, alternate)
//! footer  := dataset assembly origin counts sources ordinals contigs and, for each block, its length, CRC-32, first and last start,
//!            and reach (the first base after the last base that any of its variants covers)
//! trailer := footer_offset:u64 footer_bytes:u64 footer_crc32:u32 version:u16 zero:u16 sha256:[u8;32] "GEMJCEND"   64 bytes
//! ```
//!
//! Fixed-width integers are little-endian. `varint` is LEB128 of at most 64 bits. The SHA-256 covers every byte before itself. A reader
//! checks the footer's CRC-32 when it opens a segment, and a block's CRC-32 whenever the block is read from storage.

pub(crate) mod block;
pub(crate) mod carriers;
pub(crate) mod footer;
pub(crate) mod key;
pub(crate) mod trailer;
pub(crate) mod varint;
pub mod verify;

use thiserror::Error;

/// The first eight bytes of a segment file.
pub(crate) const HEADER_MAGIC: &[u8; 8] = b"GEMJCSEG";
/// The last eight bytes of a segment file.
pub(crate) const TRAILER_MAGIC: &[u8; 8] = b"GEMJCEND";
/// The format version that is written. Queries read only segments of this version.
pub(crate) const VERSION: u16 = 2;
/// The previous format version. In it, symbolic alleles start one base earlier, at their anchor base, and insertions have no length.
/// Queries do not read this version. A merge reads it and writes the current version.
pub(crate) const ANCHORED_VERSION: u16 = 1;
/// The number of bytes before the first block of a segment.
pub(crate) const HEADER_BYTES: u64 = 16;
/// The number of bytes after the footer of a segment.
pub(crate) const TRAILER_BYTES: u64 = 64;
/// A block is closed when it contains this number of variants.
pub(crate) const BLOCK_VARIANTS: usize = 256;
/// A block is closed when its keys and carriers have at least this number of bytes, so that reads stay small even if variants have many
/// carriers.
pub(crate) const BLOCK_BYTES: usize = 512 * 1024;

/// The reasons why bytes are not a valid segment that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SegmentError {
    /// The magic bytes of a segment are missing.
    #[error("is not a carrier segment")]
    NotASegment,
    /// The segment has a format version that cannot be read here.
    #[error(
        "has format version {version}, which is not supported: `gemj-gateway index merge` rewrites version {ANCHORED_VERSION}; a higher version was written by a newer gemj-gateway, so install that one again"
    )]
    Version {
        /// The format version of the segment.
        version: u16,
    },
    /// A part of the segment ends too early.
    #[error("ends early in its {part}")]
    Truncated {
        /// The name of the part.
        part: &'static str,
    },
    /// The checksum of a part does not match.
    #[error("has a wrong checksum over its {part}")]
    Checksum {
        /// The name of the part.
        part: &'static str,
    },
    /// A part of the segment does not follow the format.
    #[error("breaks the format: {rule}")]
    Malformed {
        /// The rule of the format that is broken.
        rule: &'static str,
    },
}

pub(crate) const fn malformed(rule: &'static str) -> SegmentError {
    SegmentError::Malformed { rule }
}
